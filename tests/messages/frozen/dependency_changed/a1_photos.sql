-- Make photos
--
-- Revision ID: a1
-- Revises:
-- Depends On: c3

-- upgrade
CREATE TABLE photos (id INTEGER PRIMARY KEY, name TEXT NOT NULL);

-- downgrade
DROP TABLE photos;
