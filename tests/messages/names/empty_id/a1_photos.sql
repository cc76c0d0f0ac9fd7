-- Add photos
--
-- Revision ID:
-- Revises:

-- upgrade
CREATE TABLE photos (id INTEGER PRIMARY KEY, name TEXT NOT NULL);

-- downgrade
DROP TABLE photos;
