-- Photos
--
-- Revision ID: a1
-- Revises:

-- upgrade
CREATE TABLE photos (id bigint PRIMARY KEY);

-- downgrade
DROP TABLE photos;
