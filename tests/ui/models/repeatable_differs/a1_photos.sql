-- Create photos
--
-- Revision ID: a1
-- Revises:

-- upgrade
CREATE TABLE photos (
    id INTEGER PRIMARY KEY,
    title TEXT NOT NULL,
    width INTEGER
);

-- downgrade
DROP TABLE photos;
