-- Script a1
--
-- Revision ID: a1
-- Revises: 

-- upgrade
CREATE TABLE t (a);
CREATE TABLE n AS SELECT name FROM sqlite_schema WHERE name = 't';

-- downgrade
DROP TABLE n;
DROP TABLE t;
