-- Script a1
--
-- Revision ID: a1
-- Revises: 

-- upgrade
CREATE TABLE t (a TEXT);
EXPLAIN SELECT * FROM t;
EXPLAIN QUERY PLAN SELECT * FROM t;

-- downgrade
DROP TABLE t;
