-- Add the slugs
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TABLE IF NOT EXISTS photos (id INTEGER PRIMARY KEY);
ALTER TABLE photos ADD COLUMN slug TEXT;
UPDATE photos SET slug = slug(title);

-- downgrade
ALTER TABLE photos DROP COLUMN slug;
