-- Trim the titles
--
-- Revision ID: b2
-- Revises: a1
-- Loses: photos.title

-- upgrade
UPDATE photos SET title = trim(title);

-- downgrade
-- nothing to do: the old titles are not needed
