-- Create tags
--
-- Revision ID: a1
-- Revises:

-- upgrade
CREATE TABLE tags (name TEXT NOT NULL);

-- downgrade
DROP TABLE tags;
