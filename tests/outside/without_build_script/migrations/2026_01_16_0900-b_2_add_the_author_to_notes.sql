-- Add the author to notes
--
-- Revision ID: b_2
-- Revises: a.1
-- Create Date: 2026-01-16 09:00:00.000000

-- upgrade
ALTER TABLE notes ADD COLUMN author TEXT;

-- downgrade
ALTER TABLE notes DROP COLUMN author;
