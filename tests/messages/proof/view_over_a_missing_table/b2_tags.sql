-- Add tags
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE VIEW tags AS SELECT * FROM tag;

-- downgrade
DROP VIEW tags;
