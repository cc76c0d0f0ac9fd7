-- Script a1
--
-- Revision ID: a1
-- Revises: 

-- upgrade
CREATE TABLE t (a TEXT);
﻿CREATE TABLE u (b TEXT);

-- downgrade
﻿DROP TABLE u;
﻿DROP TABLE t;
