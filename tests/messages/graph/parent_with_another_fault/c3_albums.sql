-- Add albums
--
-- Revision ID: c3
-- Revises: b2

-- upgrade
CREATE TABLE albums (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE albums;
