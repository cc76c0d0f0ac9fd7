-- Add people
--
-- Revision ID: m1
-- Revises:
-- Branch Labels: people

-- upgrade
CREATE TABLE people (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE people;
