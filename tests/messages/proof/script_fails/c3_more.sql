-- Make c3
--
-- Revision ID: c3
-- Revises: b2

-- upgrade
CREATE TABLE c3 (id);

-- downgrade
DROP TABLE c3;
