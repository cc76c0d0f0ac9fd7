-- Add the favourite flag
--
-- Revision ID: b2
-- Revises: a1
-- Depends On: b2

-- upgrade
ALTER TABLE photos ADD COLUMN favourite INTEGER NOT NULL DEFAULT 0;

-- downgrade
ALTER TABLE photos DROP COLUMN favourite;
