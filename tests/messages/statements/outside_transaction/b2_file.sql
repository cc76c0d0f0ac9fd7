-- Rewrite the file
--
-- Revision ID: b2
-- Revises: a1
-- Outside Transaction: only VACUUM changes the layout of the file

-- upgrade
ALTER TABLE photos ADD COLUMN size INTEGER;
VACUUM;

-- downgrade
VACUUM;
