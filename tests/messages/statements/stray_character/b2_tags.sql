-- Add tags
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TABLE tags (id);
INSERT INTO tags VALUES (1 ! 2);

-- downgrade
DROP TABLE tags;
