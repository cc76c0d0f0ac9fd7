-- First
--
-- Revision ID: a1
-- Revises:

-- upgrade
ALTER SYSTEM SET work_mem = '64MB';

-- downgrade
-- nothing to do: an example
