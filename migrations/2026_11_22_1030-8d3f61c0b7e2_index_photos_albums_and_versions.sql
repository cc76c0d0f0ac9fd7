-- Index photos, albums and versions
--
-- Revision ID: 8d3f61c0b7e2
-- Revises: 5b0e7c2f9a41
-- Create Date: 2026-11-22 10:30:00.000000
--
-- What the server asks for: photos by date, by name, by owner and by library, and the rows that belong to a photo or an album.

-- upgrade
CREATE INDEX ix_photos_date_uuid ON photos (date DESC, uuid);
CREATE INDEX ix_photos_original_filename ON photos (original_filename);
CREATE INDEX ix_photos_owner_id ON photos (owner_id);
CREATE INDEX ix_photos_library_id ON photos (library_id);
CREATE INDEX ix_album_photos_album_uuid ON album_photos (album_uuid);
CREATE INDEX ix_album_photos_photo_uuid ON album_photos (photo_uuid);
CREATE INDEX ix_versions_photo_uuid ON versions (photo_uuid);

-- downgrade
DROP INDEX ix_versions_photo_uuid;
DROP INDEX ix_album_photos_photo_uuid;
DROP INDEX ix_album_photos_album_uuid;
DROP INDEX ix_photos_library_id;
DROP INDEX ix_photos_owner_id;
DROP INDEX ix_photos_original_filename;
DROP INDEX ix_photos_date_uuid;
