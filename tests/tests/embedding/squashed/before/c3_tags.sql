-- Create tags
--
-- Revision ID: c3
-- Revises: b2
-- Create Date: 2026-01-15 10:30:00.000000

-- upgrade
CREATE TABLE tags (name TEXT PRIMARY KEY NOT NULL);

-- downgrade
DROP TABLE tags;
