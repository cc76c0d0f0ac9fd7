-- Go ahead
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
UPDATE alembic_version SET version_num = 'c3';

-- downgrade
-- nothing to do: nothing was done
