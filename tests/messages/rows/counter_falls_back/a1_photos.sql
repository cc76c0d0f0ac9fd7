-- Create photos
--
-- Revision ID: a1
-- Revises:

-- upgrade
CREATE TABLE photos (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);

-- downgrade
DROP TABLE photos;
