-- Script a1
--
-- Revision ID: a1
-- Revises: 

-- upgrade
CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL DEFAULT '﻿');
INSERT INTO t (a) VALUES ('﻿x');

-- downgrade
DROP TABLE t;
