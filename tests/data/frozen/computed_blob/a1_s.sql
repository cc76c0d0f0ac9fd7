-- Script a1
--
-- Revision ID: a1
-- Revises: 

-- upgrade
CREATE TABLE t (a BLOB);
INSERT INTO t VALUES (zeroblob(3000000));

-- downgrade
DROP TABLE t;
