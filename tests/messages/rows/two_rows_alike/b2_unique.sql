-- Make names unique
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE UNIQUE INDEX ix_photos_name ON photos (name);

-- downgrade
DROP INDEX ix_photos_name;
