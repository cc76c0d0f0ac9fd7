-- Add a photo
--
-- Revision ID: c3
-- Revises: b2

-- upgrade
INSERT INTO photos VALUES (1, '2020-01-01');

-- downgrade
DELETE FROM photos WHERE id = 1;
