-- Rebuild photos
--
-- Revision ID: b2
-- Revises: a1
-- Loses: rows of photos

-- upgrade
CREATE TABLE photos_rebuilt (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    title TEXT
);
INSERT INTO photos_rebuilt SELECT id, title, name FROM photos WHERE title IS NOT NULL;
DROP TABLE photos;
ALTER TABLE photos_rebuilt RENAME TO photos;

-- downgrade
CREATE TABLE photos_rebuilt (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    title TEXT
);
INSERT INTO photos_rebuilt SELECT id, name, title FROM photos;
DROP TABLE photos;
ALTER TABLE photos_rebuilt RENAME TO photos;
