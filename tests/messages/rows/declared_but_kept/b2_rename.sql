-- Rename title
--
-- Revision ID: b2
-- Revises: a1
-- Loses: photos.title

-- upgrade
ALTER TABLE photos RENAME COLUMN title TO caption;

-- downgrade
ALTER TABLE photos RENAME COLUMN caption TO title;
