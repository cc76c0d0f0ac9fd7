-- Make a3
--
-- Revision ID: a3
-- Revises: a2

-- upgrade
CREATE TABLE a3 (id);

-- downgrade
DROP TABLE a3;
