-- First
--
-- Revision ID: a1
-- Revises:

-- upgrade
CREATE TABLE tags (id int);

-- downgrade
DROP TABLE tags;
DO $body$ BEGIN RAISE NOTICE 'done'; END $$;
