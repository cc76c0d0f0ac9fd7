-- Create a table
--
-- Revision ID: a1
-- Revises:

-- upgrade
CREATE TABLE t (a);

-- downgrade
DROP TABLE t;
