-- Add tags
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
CREATE INDEX photos_taken ON photos (taken);

-- downgrade
DROP TABLE tags;
