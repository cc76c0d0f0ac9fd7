-- Rebuild photos
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TABLE photos_rebuilt (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT);
INSERT INTO photos_rebuilt SELECT * FROM photos;
DROP TABLE photos;
ALTER TABLE photos_rebuilt RENAME TO photos;

-- downgrade
-- nothing to do: it is the same table
