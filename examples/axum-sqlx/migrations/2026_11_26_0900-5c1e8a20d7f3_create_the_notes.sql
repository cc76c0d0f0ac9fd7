-- Create the notes
--
-- Revision ID: 5c1e8a20d7f3
-- Revises:
-- Create Date: 2026-11-26 09:00:00.000000

-- upgrade
CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
INSERT INTO notes (text) VALUES ('Water the plants');

-- downgrade
DROP TABLE notes;
