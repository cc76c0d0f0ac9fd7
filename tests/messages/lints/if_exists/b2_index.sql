-- Drop the index
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
DROP INDEX IF EXISTS ix_photo_taken;

-- downgrade
-- nothing to do: it was not used
