-- Merge albums and favourites
--
-- Revision ID: c4
-- Revises: b2, b3

-- upgrade


-- downgrade

