-- Create the notes
--
-- Revision ID: a1
-- Revises:
-- Create Date: 2026-11-26 01:00:00.000000

-- upgrade
CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
INSERT INTO notes (id, text) VALUES (1, 'migrated');

-- downgrade
DROP TABLE notes;
