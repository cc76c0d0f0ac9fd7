-- Add tags
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
ALTER TABLE photos ADD COLUMN tag TEXT;

-- downgrade
CREATE TABLE photos_before (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    owner INTEGER
);
INSERT INTO photos_before SELECT id, name, owner FROM photos;
DROP TABLE photos;
ALTER TABLE photos_before RENAME TO photos;
CREATE INDEX photos_name ON photos (name);
