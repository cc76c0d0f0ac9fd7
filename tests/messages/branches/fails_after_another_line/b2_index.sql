-- Index photos by title
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE INDEX ix_photos_title ON photos (title);

-- downgrade
DROP INDEX ix_photos_title;
