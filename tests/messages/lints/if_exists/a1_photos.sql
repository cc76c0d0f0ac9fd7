-- Add photos
--
-- Revision ID: a1
-- Revises:

-- upgrade
CREATE TABLE photos (id INTEGER PRIMARY KEY, taken TEXT);
CREATE INDEX ix_photos_taken ON photos (taken);

-- downgrade
DROP TABLE photos;
