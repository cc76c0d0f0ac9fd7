-- Add tags
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TABLE tags (name TEXT NOT NULL PRIMARY KEY);

-- downgrade
DROP TABLE tags;
