-- Add tags
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TEMP TABLE names AS SELECT name FROM photos;
CREATE TABLE tags AS SELECT name FROM names;

-- downgrade
DROP TABLE tags;
