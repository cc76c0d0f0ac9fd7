-- Add tags
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT);
CREATE INDEX tags_name ON tags (name);
ALTER TABLE photos ADD COLUMN tag INTEGER;

-- downgrade
DROP INDEX tags_name;
