-- Add albums
--
-- Revision ID: a2
-- Revises:

-- upgrade
CREATE TABLE albums (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE albums;
