-- First
--
-- Revision ID: a1
-- Revises:
-- Outside Transaction: the table must stay writable

-- upgrade
CREATE INDEX CONCURRENTLY photos_by_date ON photos (date);
CREATE INDEX CONCURRENTLY photos_by_title ON photos (title);

-- downgrade
DROP INDEX CONCURRENTLY photos_by_date;
