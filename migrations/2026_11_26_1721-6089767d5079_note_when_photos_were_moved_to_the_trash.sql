-- Note when photos were moved to the trash
--
-- Revision ID: 6089767d5079
-- Revises: bcdad85df485
-- Create Date: 2026-11-26 17:21:56.942326

-- upgrade
-- added column `photos.deleted_at`
ALTER TABLE photos ADD COLUMN deleted_at DATETIME;

-- added index `ix_photos_intrash`
CREATE INDEX ix_photos_intrash ON photos (owner_id, date DESC, uuid) WHERE intrash = 1;

-- downgrade
-- removed index `ix_photos_intrash`
DROP INDEX ix_photos_intrash;

-- removed column `photos.deleted_at`
ALTER TABLE photos DROP COLUMN deleted_at;
