-- Add tags
--
-- Revision ID: d4
-- Revises: a1

-- upgrade
CREATE TABLE tags (album INTEGER NOT NULL REFERENCES albums (id), tag TEXT, PRIMARY KEY (album, tag)) WITHOUT ROWID;
INSERT INTO tags VALUES (1, 'reise');

-- downgrade
DROP TABLE tags;
