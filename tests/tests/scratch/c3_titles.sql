-- Show the titles
--
-- Revision ID: c3
-- Revises: b2

-- upgrade
CREATE VIEW titles AS SELECT id, title FROM photos;

-- downgrade
DROP VIEW titles;
