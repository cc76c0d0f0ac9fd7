-- Rewrite the file
--
-- Revision ID: b2
-- Revises: a1
-- Outside Transaction: only VACUUM changes the layout of the file

-- upgrade
VACUUM;
PRAGMA auto_vacuum = FULL;

-- downgrade
-- nothing to do: the layout may stay
