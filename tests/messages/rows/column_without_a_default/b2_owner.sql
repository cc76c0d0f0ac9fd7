-- Add the owner to photos
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
ALTER TABLE photos ADD COLUMN owner TEXT NOT NULL;

-- downgrade
ALTER TABLE photos DROP COLUMN owner;
