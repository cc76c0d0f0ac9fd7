-- Script a1
--
-- Revision ID: a1
-- Revises: 

-- upgrade
CREATE TEMP TABLE x (a);
INSERT INTO x VALUES (1);
CREATE TABLE t AS SELECT a FROM x;
DROP TABLE x;

-- downgrade
DROP TABLE t;
