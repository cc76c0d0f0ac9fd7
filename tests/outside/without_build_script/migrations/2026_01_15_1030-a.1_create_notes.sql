-- Create notes
--
-- Revision ID: a.1
-- Revises:
-- Create Date: 2026-01-15 10:30:00.000000

-- upgrade
CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL);

-- downgrade
DROP TABLE notes;
