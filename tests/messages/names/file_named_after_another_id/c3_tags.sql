-- Create tags
--
-- Revision ID: c3
-- Revises: b2

-- upgrade
CREATE TABLE tags (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE tags;
