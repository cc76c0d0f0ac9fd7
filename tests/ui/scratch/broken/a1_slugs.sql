-- Make slugs
--
-- Revision ID: a1
-- Revises:

-- upgrade
CREATE TABLE photos (id INTEGER PRIMARY KEY, title TEXT, slug TEXT AS (slug(title)));

-- downgrade
DROP TABLE photos;
