-- Add photos
--
-- Revision ID: 3f2c9a1b7d10
-- Revises:

-- upgrade
CREATE TABLE photos (id INTEGER PRIMARY KEY, name TEXT NOT NULL);

-- downgrade
DROP TABLE photos;
