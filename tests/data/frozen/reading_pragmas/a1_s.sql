-- Script a1
--
-- Revision ID: a1
-- Revises: 

-- upgrade
CREATE TABLE t (a TEXT);
PRAGMA foreign_key_check;
PRAGMA table_info(t);
PRAGMA integrity_check;
PRAGMA user_version;
PRAGMA foreign_keys;

-- downgrade
DROP TABLE t;
