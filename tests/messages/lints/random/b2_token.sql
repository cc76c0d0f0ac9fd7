-- Give each photo a token
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
ALTER TABLE photos ADD COLUMN token TEXT;
UPDATE photos SET token = hex(randomblob(16));

-- downgrade
ALTER TABLE photos DROP COLUMN token;
