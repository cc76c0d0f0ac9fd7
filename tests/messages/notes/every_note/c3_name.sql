-- Call the title a name
--
-- Revision ID: c3
-- Revises: b2
-- Allow: clock-or-random

-- upgrade
ALTER TABLE photos RENAME COLUMN title TO name;
UPDATE photos SET name = 'untitled' WHERE name IS NULL;
DROP INDEX IF EXISTS ix_names;
CREATE INDEX ix_names ON photos (name);

-- downgrade
DROP INDEX ix_names;
ALTER TABLE photos RENAME COLUMN name TO title;
