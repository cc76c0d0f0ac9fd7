-- Add the favourite flag
--
-- Revision ID: 5b0e7c2f9a41
-- Revises: 3f2c9a1b7d01

-- upgrade
ALTER TABLE photos ADD COLUMN favourite INTEGER NOT NULL DEFAULT 0;

-- downgrade
ALTER TABLE photos DROP COLUMN favourite;
