-- Add tags
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TABLE tags (id);
INSERT INTO tags VALUES ('it's red');

-- downgrade
DROP TABLE tags;
