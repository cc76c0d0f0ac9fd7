-- Make a4
--
-- Revision ID: a4
-- Revises: a3

-- upgrade
CREATE TABLE a4 (id);

-- downgrade
DROP TABLE a4;
