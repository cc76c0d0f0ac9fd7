-- Add tags
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
PRAGMA foreign_keys = OFF;
PRAGMA main.journal_mode = WAL;
PRAGMA optimize;
CREATE TABLE tags (id);

-- downgrade
DROP TABLE tags;
