-- Make a2
--
-- Revision ID: a2
-- Revises: a1

-- upgrade
CREATE TABLE a2 (id);

-- downgrade
DROP TABLE a2;
