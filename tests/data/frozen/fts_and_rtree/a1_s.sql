-- Script a1
--
-- Revision ID: a1
-- Revises: 

-- upgrade
CREATE VIRTUAL TABLE f USING fts5(a, b);
CREATE VIRTUAL TABLE r USING rtree(id, x0, x1);

-- downgrade
DROP TABLE r;
DROP TABLE f;
