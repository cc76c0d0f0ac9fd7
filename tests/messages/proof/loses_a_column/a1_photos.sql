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

-- downgrade
DROP TABLE photos;
DROP TABLE owners;
