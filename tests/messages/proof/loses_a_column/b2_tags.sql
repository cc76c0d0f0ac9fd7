-- Add tags
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
ALTER TABLE photos ADD COLUMN tag TEXT;

-- downgrade
CREATE TABLE photos_before (
    id INTEGER PRIMARY KEY,
    owner INTEGER REFERENCES owners (id) ON DELETE CASCADE
);
INSERT INTO photos_before SELECT id, owner FROM photos;
DROP TABLE photos;
ALTER TABLE photos_before RENAME TO photos;
