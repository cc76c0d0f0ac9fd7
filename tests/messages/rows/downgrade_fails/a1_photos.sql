-- Create photos
--
-- Revision ID: a1
-- Revises:

-- upgrade
CREATE TABLE photos (id INTEGER PRIMARY KEY, stars INTEGER NOT NULL CHECK (stars BETWEEN 0 AND 5));

-- downgrade
DROP TABLE photos;
