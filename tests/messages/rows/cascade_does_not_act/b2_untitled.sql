-- Delete photos without a title
--
-- Revision ID: b2
-- Revises: a1
-- Loses: rows of photos

-- upgrade
DELETE FROM photos WHERE title IS NULL;

-- downgrade
-- nothing to do: the old titles are not needed
