-- Add tags
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
ATTACH 'other.db' AS other;
CREATE TABLE tags AS SELECT * FROM other.tags;
DETACH other;

-- downgrade
DROP TABLE tags;
