-- Script a1
--
-- Revision ID: a1
-- Revises: 

-- upgrade
CREATE TABLE t (id INTEGER PRIMARY KEY ON CONFLICT ROLLBACK, a TEXT UNIQUE ON CONFLICT REPLACE);

-- downgrade
DROP TABLE t;
