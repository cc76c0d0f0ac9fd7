-- Add albums
--
-- Revision ID: 8d3f61c0b7e2
-- Revises: 77aa77aa77aa

-- upgrade
CREATE TABLE albums (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE albums;
