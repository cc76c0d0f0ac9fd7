-- Rewrite the file
--
-- Revision ID: b2
-- Revises: a1
-- Outside Transaction: only VACUUM changes the layout of the file

-- upgrade
PRAGMA page_size = 8192;

-- downgrade
-- nothing to do: the page size may stay
