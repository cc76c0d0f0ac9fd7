-- Add tags
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TABLE tags (name);
-- ï¿½ stands for what could not be read
INSERT INTO tags VALUES ('grün');

-- downgrade
DROP TABLE tags;
