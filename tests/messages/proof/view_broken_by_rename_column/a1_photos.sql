-- Add photos
--
-- Revision ID: a1
-- Revises:

-- upgrade
CREATE TABLE photos (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE VIEW everything AS SELECT * FROM photos;
CREATE VIEW names AS SELECT name FROM everything;

-- downgrade
DROP VIEW names;
DROP VIEW everything;
DROP TABLE photos;
