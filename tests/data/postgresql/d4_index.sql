-- Find photos by date
--
-- Revision ID: d4
-- Revises: c3
-- Outside Transaction: the table must stay writable

-- upgrade
CREATE INDEX CONCURRENTLY photos_by_date ON photos (date);

-- downgrade
DROP INDEX CONCURRENTLY photos_by_date;
