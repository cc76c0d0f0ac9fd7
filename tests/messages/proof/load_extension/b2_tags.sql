-- Load an extension
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
SELECT load_extension('spatialite');

-- downgrade
-- nothing to do: nothing was done
