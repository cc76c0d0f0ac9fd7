-- Titles
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
ALTER TABLE photos ADD COLUMN title text;

-- downgrade
ALTER TABLE photos DROP COLUMN title;
