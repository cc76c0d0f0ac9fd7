-- Add albums
--
-- Revision ID: c3
-- Revises: a_b._c

-- upgrade
CREATE TABLE albums (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE albums;
