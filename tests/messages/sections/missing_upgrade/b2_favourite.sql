-- Add the favourite flag
--
-- Revision ID: b2
-- Revises: a1

-- downgrade
ALTER TABLE photos DROP COLUMN favourite;
