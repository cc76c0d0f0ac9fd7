-- Drop the name
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
ALTER TABLE photos DROP COLUMN name;

-- downgrade
ALTER TABLE photos ADD COLUMN name TEXT NOT NULL DEFAULT '';
