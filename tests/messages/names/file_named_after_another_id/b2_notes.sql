-- Create notes
--
-- Revision ID: b22
-- Revises: a1

-- upgrade
CREATE TABLE notes (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE notes;
