-- Drop the titles
--
-- Revision ID: b2
-- Revises: a1
-- Loses: photos.title

-- upgrade
ALTER TABLE photos DROP COLUMN title;

-- downgrade
ALTER TABLE photos ADD COLUMN title TEXT;
