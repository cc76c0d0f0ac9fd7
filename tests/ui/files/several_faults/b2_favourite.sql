-- Add the favourite flag
--
-- Revision ID: b2
-- Revises: a2
-- REVIEW: which of the two?

-- upgrade
ALTER TABLE photos ADD COLUMN favourite INTEGER NOT NULL DEFAULT 0;

-- downgrade
ALTER TABLE photos DROP COLUM favourite;
