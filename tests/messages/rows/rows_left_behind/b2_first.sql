-- Bring the first tags
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
INSERT INTO tags VALUES ('holiday'), ('family');

-- downgrade
-- nothing to do: they do no harm
