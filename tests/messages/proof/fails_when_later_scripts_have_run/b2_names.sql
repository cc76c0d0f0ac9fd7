-- Let photos share a name
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
DROP INDEX photos_name;

-- downgrade
CREATE UNIQUE INDEX photos_name ON photos (name);
