-- Add the done flag
--
-- Revision ID: b80f4c6d21e9
-- Revises: 5c1e8a20d7f3
-- Create Date: 2026-11-27 09:00:00.000000

-- upgrade
ALTER TABLE notes ADD COLUMN done INTEGER NOT NULL DEFAULT 0;

-- downgrade
ALTER TABLE notes DROP COLUMN done;
