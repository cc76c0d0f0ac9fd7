-- Make a0
--
-- Revision ID: a0
-- Revises:

-- upgrade
CREATE TABLE a0 (id);

-- downgrade
DROP TABLE a0;
