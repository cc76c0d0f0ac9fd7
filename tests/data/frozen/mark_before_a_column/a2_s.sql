-- Script a2
--
-- Revision ID: a2
-- Revises: a1

-- upgrade
CREATE INDEX i ON t (﻿b);

-- downgrade
DROP INDEX i;
