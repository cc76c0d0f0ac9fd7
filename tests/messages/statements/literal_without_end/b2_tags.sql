-- Add tags
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TABLE tags (name TEXT);

-- downgrade
DELETE FROM tags WHERE name = 'red;
DROP TABLE tags;
