-- Dates
--
-- Revision ID: c3
-- Revises: b2

-- upgrade
ALTER TABLE photos ADD COLUMN date date;

-- downgrade
ALTER TABLE photos DROP COLUMN date;
