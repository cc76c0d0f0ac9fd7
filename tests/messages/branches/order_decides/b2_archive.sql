-- Add an archive
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TABLE archive AS SELECT * FROM photos;

-- downgrade
DROP TABLE archive;
