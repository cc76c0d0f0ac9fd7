-- Add tags
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO tags VALUES (1 'red');
CREATE INDX tags_name ON tags (name);

-- downgrade
DROP TABLE tags;
