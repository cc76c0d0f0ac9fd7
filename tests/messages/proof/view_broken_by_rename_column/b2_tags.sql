-- Call the name a title
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
ALTER TABLE photos RENAME COLUMN name TO title;

-- downgrade
ALTER TABLE photos RENAME COLUMN title TO name;
