-- Add stars
--
-- Revision ID: b2
-- Revises: a1
-- Create Date: 2025-02-15 10:30:00.000000

-- upgrade
ALTER TABLE photos ADD COLUMN stars INTEGER;

-- downgrade
ALTER TABLE photos DROP COLUMN stars;
