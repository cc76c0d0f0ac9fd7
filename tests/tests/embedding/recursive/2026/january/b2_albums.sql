-- Add albums
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TABLE albums (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE albums;
