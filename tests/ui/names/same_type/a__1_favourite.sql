-- Add the favourite flag
--
-- Revision ID: a__1
-- Revises: a.1

-- upgrade
ALTER TABLE photos ADD COLUMN favourite INTEGER NOT NULL DEFAULT 0;

-- downgrade
ALTER TABLE photos DROP COLUMN favourite;
