-- Add tags
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TABLE tags (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
INSERT INTO tags (name) VALUES
    ('red'),
    ('red');

-- downgrade
DROP TABLE tags;
