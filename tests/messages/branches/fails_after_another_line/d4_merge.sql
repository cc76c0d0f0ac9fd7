-- Merge
--
-- Revision ID: d4
-- Revises: b2, c3

-- upgrade

-- downgrade
