-- Add photos
--
-- Revision ID: a1
-- Revises:
-- Replaces: some

-- upgrade
CREATE TABLE photos (id INTEGER PRIMARY KEY, name TEXT NOT NULL);

-- downgrade
DROP TABLE photos;
