-- Add photos
--
-- Revision ID: a1
-- Revises:
-- Branch Labels: 1st, head, the photos

-- upgrade
CREATE TABLE photos (id INTEGER PRIMARY KEY, name TEXT NOT NULL);

-- downgrade
DROP TABLE photos;
