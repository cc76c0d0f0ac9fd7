-- Add photos
--
-- Revision ID: a1
-- Revises:

-- upgrade
CREATE TABLE photos (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO photos (name) VALUES ('first);

-- downgrade
DELETE FROM photos WHERE name = 'first');
