-- Create docs
--
-- Revision ID: a1
-- Revises:

-- upgrade
CREATE TABLE docs (id INTEGER PRIMARY KEY, title TEXT NOT NULL, body TEXT);

-- downgrade
DROP TABLE docs;
