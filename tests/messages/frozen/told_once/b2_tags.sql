-- Make tags
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TABEL tags (id INTEGER PRIMARY KEY);

-- downgrade
DROP TABLE tags;
