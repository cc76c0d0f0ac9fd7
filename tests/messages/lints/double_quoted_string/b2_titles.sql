-- Call photos by their date
--
-- Revision ID: b2
-- Revises: a1
-- Loses: photos.title

-- upgrade
UPDATE photos SET title = "takn";

-- downgrade
-- nothing to do: titles are free
