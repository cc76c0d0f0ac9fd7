-- Script a1
--
-- Revision ID: a1
-- Revises: 

-- upgrade
CREATE TABLE t (a INTEGER);
CREATE TRIGGER w BEFORE INSERT ON t WHEN new.a < 0 BEGIN SELECT RAISE(ROLLBACK, 'negative'); END;

-- downgrade
DROP TABLE t;
