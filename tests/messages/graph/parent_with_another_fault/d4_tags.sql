-- Make d4
--
-- Revision ID: d4
-- Revises: a1

-- upgrade
CREATE TABLE d4 (id);

-- downgrade
DROP TABLE d4;
