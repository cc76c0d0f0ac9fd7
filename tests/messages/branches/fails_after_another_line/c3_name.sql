-- Call the title a name
--
-- Revision ID: c3
-- Revises: a1

-- upgrade
ALTER TABLE photos RENAME COLUMN title TO name;

-- downgrade
ALTER TABLE photos RENAME COLUMN name TO title;
