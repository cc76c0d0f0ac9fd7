-- Add faces
--
-- Revision ID: m2
-- Revises: m1
-- Depends On: media

-- upgrade
ALTER TABLE people ADD COLUMN photo INTEGER REFERENCES photos (id);
ALTER TABLE photos ADD COLUMN person INTEGER;

-- downgrade
ALTER TABLE photos DROP COLUMN person;
ALTER TABLE people DROP COLUMN photo;
