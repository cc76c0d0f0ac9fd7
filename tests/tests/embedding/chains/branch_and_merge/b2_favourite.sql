-- Add the favourite flag
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
ALTER TABLE photos ADD COLUMN favourite INTEGER NOT NULL DEFAULT 0;

-- downgrade
ALTER TABLE photos DROP COLUMN favourite;
