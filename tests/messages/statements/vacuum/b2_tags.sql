-- Add tags
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TABLE tags (id);

-- downgrade
DROP TABLE tags;
VACUUM;
