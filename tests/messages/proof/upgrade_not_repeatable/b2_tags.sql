-- Add the first photo
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
INSERT INTO photos (id, name) VALUES (1, 'first');

-- downgrade
DELETE FROM photos WHERE name = 'frist';
