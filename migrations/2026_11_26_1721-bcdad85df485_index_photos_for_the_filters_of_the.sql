-- Index photos for the filters of the library
--
-- Revision ID: bcdad85df485
-- Revises: fd4f93a87707
-- Create Date: 2026-11-26 17:21:55.149982

-- upgrade
-- removed index `ix_photos_owner_id_date_uuid`
DROP INDEX ix_photos_owner_id_date_uuid;

-- added index `ix_photos_favorite`
CREATE INDEX ix_photos_favorite ON photos (owner_id, date DESC, uuid) WHERE favorite = 1;

-- added index `ix_photos_owner_id_camera_date_uuid`
CREATE INDEX ix_photos_owner_id_camera_date_uuid ON photos (owner_id, camera, date DESC, uuid) WHERE camera IS NOT NULL;

-- added index `ix_photos_library`
CREATE INDEX ix_photos_library ON photos (owner_id, date DESC, uuid, hidden, intrash, file_size);

-- added index `ix_photos_with_place`
CREATE INDEX ix_photos_with_place ON photos (owner_id, date DESC, uuid) WHERE latitude IS NOT NULL;

-- downgrade
-- removed index `ix_photos_favorite`
DROP INDEX ix_photos_favorite;

-- removed index `ix_photos_owner_id_camera_date_uuid`
DROP INDEX ix_photos_owner_id_camera_date_uuid;

-- removed index `ix_photos_library`
DROP INDEX ix_photos_library;

-- removed index `ix_photos_with_place`
DROP INDEX ix_photos_with_place;

-- added index `ix_photos_owner_id_date_uuid`
CREATE INDEX ix_photos_owner_id_date_uuid ON photos (owner_id, date DESC, uuid);
