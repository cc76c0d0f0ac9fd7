-- Add photos
--
-- Revision ID: a1
-- Revises: 

-- upgrade
CREATE TABLE photos (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE photos;
