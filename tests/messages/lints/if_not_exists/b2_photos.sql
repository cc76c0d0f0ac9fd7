-- Add photos, unless they are there
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TABLE IF NOT EXISTS photos (id INTEGER PRIMARY KEY, name TEXT);

-- downgrade
-- nothing to do: photos were there
