-- First
--
-- Revision ID: a1
-- Revises:

-- upgrade
CREATE INDEX CONCURRENTLY photos_by_date ON photos (date);

-- downgrade
DROP INDEX CONCURRENTLY photos_by_date;
