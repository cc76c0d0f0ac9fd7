-- Make albums
--
-- Revision ID: c3
-- Revises:

-- upgrade
CREATE TABLE albums (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE albums;
