-- Script a1
--
-- Revision ID: a1
-- Revises: 

-- upgrade
CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT '[31m');

-- downgrade
DROP TABLE t;
