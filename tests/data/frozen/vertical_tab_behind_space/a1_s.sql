-- Script a1
--
-- Revision ID: a1
-- Revises: 

-- upgrade
CREATE TABLE t (a TEXT);

-- downgrade
DROP TABLE t;
