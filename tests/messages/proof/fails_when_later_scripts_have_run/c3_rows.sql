-- Add two photos of one name
--
-- Revision ID: c3
-- Revises: b2

-- upgrade
INSERT INTO photos (name) VALUES ('first'), ('first');

-- downgrade
-- nothing to do: the rows may stay
