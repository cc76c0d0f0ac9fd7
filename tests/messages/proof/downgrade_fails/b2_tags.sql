-- Add tags
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TABLE tags (id INTEGER PRIMARY KEY);

-- downgrade
DROP INDEX tags_name;
DROP TABLE tags;
