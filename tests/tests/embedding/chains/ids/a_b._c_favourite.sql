-- Add the favourite flag
--
-- Revision ID: a_b._c
-- Revises: 3f2c.photos

-- upgrade
ALTER TABLE photos ADD COLUMN favourite INTEGER NOT NULL DEFAULT 0;

-- downgrade
ALTER TABLE photos DROP COLUMN favourite;
