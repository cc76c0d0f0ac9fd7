-- Script a1
--
-- Revision ID: a1
-- Revises: 

-- upgrade
CREATE TABLE t (a TEXT);
CREATE INDEX i ON t (a);
REINDEX;
REINDEX i;

-- downgrade
DROP TABLE t;
