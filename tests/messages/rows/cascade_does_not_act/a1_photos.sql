-- Create photos and versions
--
-- Revision ID: a1
-- Revises:

-- upgrade
CREATE TABLE photos (id INTEGER PRIMARY KEY, title TEXT);
CREATE TABLE versions (id INTEGER PRIMARY KEY, photo_id INTEGER REFERENCES photos (id) ON DELETE CASCADE);

-- downgrade
DROP TABLE versions;
DROP TABLE photos;
