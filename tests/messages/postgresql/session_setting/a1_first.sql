-- First
--
-- Revision ID: a1
-- Revises:

-- upgrade
SET search_path = shop;
CREATE TABLE photos (id bigint PRIMARY KEY);

-- downgrade
DROP TABLE photos;
