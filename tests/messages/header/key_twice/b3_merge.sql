-- Merge photos and albums
--
-- Revision ID: b3
-- Revises: a1
-- Revises: a2

-- upgrade


-- downgrade

