-- First
--
-- Revision ID: a1
-- Revises:

-- upgrade
ALTER TYPE mood ADD VALUE 'glad';
UPDATE photos SET mood = 'glad';

-- downgrade
-- nothing to do: an example
