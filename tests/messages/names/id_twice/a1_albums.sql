-- Add albums
--
-- Revision ID: a1
-- Revises:

-- upgrade
CREATE TABLE albums (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE albums;
