-- Add tags
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TABLE tags (id);
CREATE TRIGGER tags_kept BEFORE DELETE ON tags
BEGIN
    SELECT RAISE(ABORT, 'kept');


-- downgrade
DROP TABLE tags;
