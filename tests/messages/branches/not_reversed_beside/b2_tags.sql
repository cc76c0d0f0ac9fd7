-- Add tags
--
-- Revision ID: b2
-- Revises: a1
-- Allow: if-exists

-- upgrade
CREATE TABLE IF NOT EXISTS tags (name TEXT NOT NULL PRIMARY KEY);

-- downgrade
DROP TABLE IF EXISTS tags;
