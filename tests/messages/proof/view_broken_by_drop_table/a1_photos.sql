-- Add photos
--
-- Revision ID: a1
-- Revises:

-- upgrade
CREATE TABLE photos (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE VIEW names AS SELECT name FROM photos;

-- downgrade
DROP VIEW names;
DROP TABLE photos;
