-- Add tags
--
-- Revision ID: d4
-- Revises: c3

-- upgrade
CREATE TABLE tags (id);

-- downgrade
DROP TABLE tags;
