-- First
--
-- Revision ID: a1
-- Revises:

-- upgrade
BEGIN;
CREATE TABLE tags (id int);
INSERT INTO tags VALUES ($1);
COMMIT;

-- downgrade
DROP TABLE tags;
