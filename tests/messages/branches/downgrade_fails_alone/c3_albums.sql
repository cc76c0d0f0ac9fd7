-- Add albums
--
-- Revision ID: c3
-- Revises: a1
-- Loses: rows of tags

-- upgrade
CREATE TABLE albums (title TEXT NOT NULL PRIMARY KEY);

-- downgrade
DROP TABLE albums;
DELETE FROM tags WHERE name = 'album';
