-- Add the rating
--
-- Revision ID: b2
-- Revises: a1
-- Loses: rows of photos

-- upgrade
ALTER TABLE photos ADD COLUMN rating INTEGER CHECK (rating < 6);

-- downgrade
DROP TABLE photos;
CREATE TABLE photos (id INTEGER PRIMARY KEY, title TEXT, taken TEXT);
