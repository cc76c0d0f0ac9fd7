-- Make tags
--
-- Revision ID: b2
-- Revises:

-- upgrade
CREATE TABLE tags (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE tags;
