-- Script a1
--
-- Revision ID: a1
-- Revises: 

-- upgrade
CREATE TABLE t (a TEXT);
CREATE TABLE u AS SELECT name FROM pragma_table_info('t');

-- downgrade
DROP TABLE u;
DROP TABLE t;
