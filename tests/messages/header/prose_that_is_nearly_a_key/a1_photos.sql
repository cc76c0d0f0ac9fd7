-- Add photos
--
-- Allows: any name
-- Revision ID: a1
-- Revises:
-- Revised: twice, since the first try lost a column

-- upgrade
CREATE TABLE photos (id INTEGER PRIMARY KEY, name TEXT NOT NULL);

-- downgrade
DROP TABLE photos;
