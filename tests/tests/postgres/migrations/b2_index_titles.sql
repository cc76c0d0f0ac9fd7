-- Index titles
--
-- Revision ID: b2
-- Revises: a1
-- Outside Transaction: the table is large, and people upload photos meanwhile

-- upgrade
CREATE INDEX CONCURRENTLY photos_title ON photos (title);

-- downgrade
DROP INDEX CONCURRENTLY photos_title;
