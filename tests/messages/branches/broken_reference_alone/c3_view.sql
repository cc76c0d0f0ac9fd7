-- Show the names of tags
--
-- Revision ID: c3
-- Revises: a1

-- upgrade
CREATE VIEW names AS SELECT name FROM tags;

-- downgrade
DROP VIEW names;
