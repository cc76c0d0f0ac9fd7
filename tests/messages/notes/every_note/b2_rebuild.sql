-- Titles are needed
--
-- Revision ID: b2
-- Revises: a1
-- Loses: photos.title

-- upgrade
CREATE TABLE photos_rebuilt (id INTEGER PRIMARY KEY, title TEXT NOT NULL, taken TEXT);
UPDATE photos SET title = "untitled" WHERE title IS NULL;
INSERT INTO photos_rebuilt SELECT * FROM photos;
DROP TABLE photos;
ALTER TABLE photos_rebuilt RENAME TO photos;

-- downgrade
ALTER TABLE photos ALTER COLUMN title DROP NOT NULL;
