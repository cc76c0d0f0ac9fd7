-- Scope photos to their owners
--
-- Revision ID: e1302382431b
-- Revises: 6346483a4c8f
-- Create Date: 2026-11-26 13:14:00.033634
--
-- Every query of the server names an owner, and two owners may have the same photo under the same name. A downgrade removes the content hash of
-- all but one of such photos; the server restores it after the next upgrade, from the names of their files.

-- upgrade
-- removed index `ix_photos_date_uuid`
DROP INDEX ix_photos_date_uuid;

-- removed index `ix_photos_original_filename`
DROP INDEX ix_photos_original_filename;

-- removed index `ix_photos_owner_id`
DROP INDEX ix_photos_owner_id;

-- removed index `ix_photos_sha256_original_filename`
DROP INDEX ix_photos_sha256_original_filename;

-- added index `ix_photos_owner_id_date_uuid`
CREATE INDEX ix_photos_owner_id_date_uuid ON photos (owner_id, date DESC, uuid);

-- added index `ix_photos_owner_id_original_filename`
CREATE INDEX ix_photos_owner_id_original_filename ON photos (owner_id, original_filename);

-- added index `ix_photos_owner_id_sha256_original_filename`
CREATE UNIQUE INDEX ix_photos_owner_id_sha256_original_filename ON photos (owner_id, sha256, original_filename);

-- added index `ix_photos_sha256`
CREATE INDEX ix_photos_sha256 ON photos (sha256);

-- downgrade
-- removed index `ix_photos_owner_id_date_uuid`
DROP INDEX ix_photos_owner_id_date_uuid;

-- removed index `ix_photos_owner_id_original_filename`
DROP INDEX ix_photos_owner_id_original_filename;

-- removed index `ix_photos_owner_id_sha256_original_filename`
DROP INDEX ix_photos_owner_id_sha256_original_filename;

-- removed index `ix_photos_sha256`
DROP INDEX ix_photos_sha256;

-- added index `ix_photos_date_uuid`
CREATE INDEX ix_photos_date_uuid ON photos (date DESC, uuid);

-- added index `ix_photos_original_filename`
CREATE INDEX ix_photos_original_filename ON photos (original_filename);

-- added index `ix_photos_owner_id`
CREATE INDEX ix_photos_owner_id ON photos (owner_id);

-- added index `ix_photos_sha256_original_filename`
UPDATE photos SET sha256 = NULL
WHERE sha256 IS NOT NULL AND rowid NOT IN (SELECT min(rowid) FROM photos GROUP BY sha256, original_filename);
CREATE UNIQUE INDEX ix_photos_sha256_original_filename ON photos (sha256, original_filename);
