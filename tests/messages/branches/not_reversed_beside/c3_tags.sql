-- Add tags, unless they are there
--
-- Revision ID: c3
-- Revises: a1
-- Allow: if-exists

-- upgrade
CREATE TABLE IF NOT EXISTS tags (name TEXT NOT NULL PRIMARY KEY);

-- downgrade
-- nothing to do: tags are there already
