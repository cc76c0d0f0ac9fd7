-- Make tags
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TABLE tags (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE IF EXISTS tags;
