-- shorten titles
--
-- Revision ID: b2
-- Revises: a1
-- Irreversible: the full titles are not kept

-- upgrade
UPDATE photos SET title = substr(title, 1, 40);
