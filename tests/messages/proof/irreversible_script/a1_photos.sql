-- create photos
--
-- Revision ID: a1
-- Revises: 

-- upgrade
CREATE TABLE photos (id INTEGER PRIMARY KEY, title TEXT);

-- downgrade
DROP TABLE photos;
