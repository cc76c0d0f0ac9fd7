-- Add photos
--
-- Revision ID: 3f2c.photos
-- Revises:

-- upgrade
CREATE TABLE photos (id INTEGER PRIMARY KEY, name TEXT NOT NULL);

-- downgrade
DROP TABLE photos;
