-- Add the favourite flag
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
-- nothing to do

-- downgrade
-- Nothing to do:
