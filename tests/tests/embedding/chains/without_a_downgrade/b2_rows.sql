-- Trim the names
--
-- Revision ID: b2
-- Revises: a1
-- Loses: photos.name

-- upgrade
UPDATE photos SET name = trim(name);

-- downgrade
-- nothing to do: the spaces were never wanted
