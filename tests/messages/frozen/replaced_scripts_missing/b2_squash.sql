-- Add photos
--
-- Revision ID: b2
-- Revises:
-- Replaces: 2 revisions

-- upgrade
CREATE TABLE photos (id INTEGER PRIMARY KEY, name TEXT NOT NULL);

-- downgrade
DROP TABLE photos;
