-- Add tags
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT NOT NULL;
CREATE INDEX tags_name ON tags (name

-- downgrade
DROP TABLE
