-- Add people
--
-- Revision ID: c3
-- Revises: b2

-- upgrade
CREATE TABLE people (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE people;
