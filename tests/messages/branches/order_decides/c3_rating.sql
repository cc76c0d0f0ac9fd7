-- Add the rating
--
-- Revision ID: c3
-- Revises: a1

-- upgrade
ALTER TABLE photos ADD COLUMN rating INTEGER;

-- downgrade
ALTER TABLE photos DROP COLUMN rating;
