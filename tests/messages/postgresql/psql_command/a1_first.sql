-- First
--
-- Revision ID: a1
-- Revises:

-- upgrade
\set ON_ERROR_STOP on
CREATE TABLE tags (id int);

-- downgrade
DROP TABLE tags;
