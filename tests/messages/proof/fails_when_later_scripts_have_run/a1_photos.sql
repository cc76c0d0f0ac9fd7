-- Add photos
--
-- Revision ID: a1
-- Revises:

-- upgrade
CREATE TABLE photos (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE UNIQUE INDEX photos_name ON photos (name);

-- downgrade
DROP INDEX photos_name;
DROP TABLE photos;
