-- Give albums owners, covers and an order
--
-- Revision ID: 33a23311d637
-- Revises: 6f30b5d9f21a
-- Create Date: 2026-11-26 17:22:21.903575
-- Loses: rows of album_photos
--
-- A photo is in an album once, so all but the first of equal rows are deleted. An album whose photos have one owner gets this owner.

-- upgrade
-- removed index `ix_album_photos_album_uuid`
DROP INDEX ix_album_photos_album_uuid;

-- added column `album_photos.position`
ALTER TABLE album_photos ADD COLUMN position INTEGER NOT NULL DEFAULT 0;

-- added column `albums.description`
ALTER TABLE albums ADD COLUMN description TEXT;

-- added column `albums.owner_id`
ALTER TABLE albums ADD COLUMN owner_id INTEGER REFERENCES users (id);

-- added column `albums.cover_uuid`
ALTER TABLE albums ADD COLUMN cover_uuid VARCHAR REFERENCES photos (uuid);

-- added index `ix_album_photos_album_uuid_photo_uuid`
DELETE FROM album_photos
WHERE rowid NOT IN (SELECT min(rowid) FROM album_photos GROUP BY album_uuid, photo_uuid);
CREATE UNIQUE INDEX ix_album_photos_album_uuid_photo_uuid ON album_photos (album_uuid, photo_uuid);

-- added index `ix_album_photos_album_uuid_position`
CREATE INDEX ix_album_photos_album_uuid_position ON album_photos (album_uuid, position);

-- added index `ix_albums_owner_id_title_uuid`
CREATE INDEX ix_albums_owner_id_title_uuid ON albums (owner_id, title, uuid);

UPDATE albums SET owner_id = (SELECT min(photos.owner_id) FROM album_photos JOIN photos ON photos.uuid = album_photos.photo_uuid WHERE album_photos.album_uuid = albums.uuid HAVING count(DISTINCT photos.owner_id) = 1);

-- downgrade
-- removed index `ix_album_photos_album_uuid_photo_uuid`
DROP INDEX ix_album_photos_album_uuid_photo_uuid;

-- removed index `ix_album_photos_album_uuid_position`
DROP INDEX ix_album_photos_album_uuid_position;

-- removed index `ix_albums_owner_id_title_uuid`
DROP INDEX ix_albums_owner_id_title_uuid;

-- removed column `album_photos.position`
ALTER TABLE album_photos DROP COLUMN position;

-- removed column `albums.description`
ALTER TABLE albums DROP COLUMN description;

-- removed column `albums.owner_id`
ALTER TABLE albums DROP COLUMN owner_id;

-- removed column `albums.cover_uuid`
ALTER TABLE albums DROP COLUMN cover_uuid;

-- added index `ix_album_photos_album_uuid`
CREATE INDEX ix_album_photos_album_uuid ON album_photos (album_uuid);
