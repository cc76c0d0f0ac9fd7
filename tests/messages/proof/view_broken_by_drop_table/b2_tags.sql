-- Drop photos
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
DROP TABLE photos;

-- downgrade
CREATE TABLE photos (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
