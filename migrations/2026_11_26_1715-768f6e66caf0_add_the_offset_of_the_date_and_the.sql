-- Add the offset of the date and the camera to photos
--
-- Revision ID: 768f6e66caf0
-- Revises: e1302382431b
-- Create Date: 2026-11-26 17:15:15.210647

-- upgrade
-- added column `photos.date_offset`
ALTER TABLE photos ADD COLUMN date_offset TEXT;

-- added column `photos.camera`
ALTER TABLE photos ADD COLUMN camera TEXT;

-- downgrade
-- removed column `photos.date_offset`
ALTER TABLE photos DROP COLUMN date_offset;

-- removed column `photos.camera`
ALTER TABLE photos DROP COLUMN camera;
