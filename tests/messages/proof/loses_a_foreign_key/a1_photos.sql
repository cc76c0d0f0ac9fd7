-- Add photos
--
-- Revision ID: a1
-- Revises:

-- upgrade
CREATE TABLE owners (id INTEGER PRIMARY KEY);
CREATE TABLE photos (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    owner INTEGER REFERENCES owners (id) ON DELETE CASCADE
);
CREATE INDEX photos_name ON photos (name);

-- downgrade
DROP TABLE photos;
DROP TABLE owners;
