-- Make tags
--
-- Revision ID: b2
-- Revises: c3

-- upgrade
CREATE TABLE tags (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE tags;
