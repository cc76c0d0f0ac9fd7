-- Add photos
--
-- Revision ID: a1
-- Revises:

-- upgrade
CREATE TABLE photos (id INTEGER PRIMARY KEY, title TEXT, taken TEXT);
CREATE TABLE tags (name TEXT PRIMARY KEY, photo INTEGER REFERENCES photos (id));

-- downgrade
DROP TABLE tags;
DROP TABLE photos;
