-- Use PostgreSQL types
--
-- Revision ID: a1b2c3d4e5f6
-- Revises: 49348f7a48f6
-- Create Date: 2025-12-06 07:00:00.000000
--
-- On PostgreSQL this turned ten text columns of photos into ARRAY and JSONB. On SQLite it ran nothing, but databases are stamped with it.

-- upgrade
-- nothing to do: SQLite keeps lists and objects as JSON text

-- downgrade
-- nothing to do: the upgrade changed nothing
