-- Add the rating
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
ALTER TABLE photos ADD COLUMN rating INTEGER;

-- downgrade
ALTER TABLE photos DROP COLUMN rating;
