-- Add the content hash to photos
--
-- Revision ID: 5b0e7c2f9a41
-- Revises: c71fdf3b7df8
-- Create Date: 2026-11-22 10:00:00.000000
--
-- SHA-256 of the original, in lowercase hexadecimal: its name in the uploads folder, and its entity tag. Rows from before have none, and are
-- served by their path. The same content may stand under several names, but not twice under one.

-- upgrade
ALTER TABLE photos ADD COLUMN sha256 TEXT;

CREATE UNIQUE INDEX ix_photos_sha256_original_filename ON photos (sha256, original_filename);

-- downgrade
DROP INDEX ix_photos_sha256_original_filename;

ALTER TABLE photos DROP COLUMN sha256;
