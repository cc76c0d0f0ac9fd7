-- Count stars in percent
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TABLE photos_rebuilt (id INTEGER PRIMARY KEY, stars INTEGER NOT NULL);
INSERT INTO photos_rebuilt SELECT id, stars * 20 FROM photos;
DROP TABLE photos;
ALTER TABLE photos_rebuilt RENAME TO photos;

-- downgrade
CREATE TABLE photos_rebuilt (id INTEGER PRIMARY KEY, stars INTEGER NOT NULL CHECK (stars BETWEEN 0 AND 5));
INSERT INTO photos_rebuilt SELECT id, stars / 10 FROM photos;
DROP TABLE photos;
ALTER TABLE photos_rebuilt RENAME TO photos;
