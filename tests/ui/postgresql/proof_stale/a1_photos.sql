-- Photos
--
-- Revision ID: a1
-- Revises:

-- upgrade
CREATE TABLE photos (id bigint PRIMARY KEY, taken timestamptz);

-- downgrade
DROP TABLE photos;
