-- Make a1
--
-- Revision ID: a1
-- Revises: a3, a0

-- upgrade
CREATE TABLE a1 (id);

-- downgrade
DROP TABLE a1;
