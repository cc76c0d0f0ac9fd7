-- Add albums
--
-- Revision ID: c3
-- Revises: b2

-- upgrade
-- to be written

-- downgrade
DROP TABLE albums;
