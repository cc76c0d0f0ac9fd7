-- Add the favourite flag
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
-- REVIEW: is 0 right for the photos that are there?
ALTER TABLE photos ADD COLUMN favourite INTEGER NOT NULL DEFAULT 0;

-- downgrade
ALTER TABLE photos DROP COLUMN favourite;
