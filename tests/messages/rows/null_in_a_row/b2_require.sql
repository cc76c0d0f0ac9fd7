-- Require a title
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TABLE photos_rebuilt (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    title TEXT NOT NULL
);
INSERT INTO photos_rebuilt SELECT id, name, title FROM photos;
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
