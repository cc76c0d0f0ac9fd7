-- Create photos
--
-- Revision ID: a1
-- Revises:
-- Create Date: 2024-01-15 10:30:00.000000

-- upgrade
CREATE TABLE photos (id INTEGER PRIMARY KEY, title TEXT);
INSERT INTO photos (title) VALUES ('welcome');

-- downgrade
DROP TABLE photos;
