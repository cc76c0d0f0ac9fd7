-- Say when photos were imported
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
ALTER TABLE photos ADD COLUMN imported TEXT;
UPDATE photos SET imported = datetime('now');

-- downgrade
ALTER TABLE photos DROP COLUMN imported;
