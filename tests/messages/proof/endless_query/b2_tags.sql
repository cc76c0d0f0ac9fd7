-- Add tags
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TABLE tags (id INTEGER PRIMARY KEY);
WITH RECURSIVE numbers (number) AS (
    SELECT 1
    UNION ALL
    SELECT number + 1 FROM numbers
)
SELECT max(number) FROM numbers;

-- downgrade
DROP TABLE tags;
