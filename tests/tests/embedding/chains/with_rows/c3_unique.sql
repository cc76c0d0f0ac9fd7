-- Make names unique
--
-- Revision ID: c3
-- Revises: b2

-- upgrade
CREATE UNIQUE INDEX ix_photos_name ON photos (name);

-- downgrade
DROP INDEX ix_photos_name;
