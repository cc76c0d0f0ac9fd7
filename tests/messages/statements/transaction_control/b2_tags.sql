-- Add tags
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
BEGIN;
CREATE TABLE tags (id);
COMMIT;

-- downgrade
SAVEPOINT down;
DROP TABLE tags;
RELEASE down;
