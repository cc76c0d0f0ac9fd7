-- Make b4
--
-- Revision ID: b4
-- Revises: a1

-- upgrade
CREATE TABLE b4 (id);

-- downgrade
DROP TABLE b4;
