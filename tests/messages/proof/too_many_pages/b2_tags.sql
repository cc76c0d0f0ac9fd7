-- Add tags
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TABLE tags (id INTEGER PRIMARY KEY, image BLOB);
WITH RECURSIVE numbers (number) AS (
    SELECT 1
    UNION ALL
    SELECT number + 1 FROM numbers
    LIMIT 100
)
INSERT INTO tags SELECT number, zeroblob(1000000) FROM numbers;

-- downgrade
DROP TABLE tags;
