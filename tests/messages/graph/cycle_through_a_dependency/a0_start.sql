-- Make a0
--
-- Revision ID: a0
-- Revises:
-- Depends On: a2

-- upgrade
CREATE TABLE a0 (id);

-- downgrade
DROP TABLE a0;
