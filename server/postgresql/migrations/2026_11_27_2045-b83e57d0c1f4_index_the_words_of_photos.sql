-- Index the words of photos
--
-- Revision ID: b83e57d0c1f4
-- Revises: 4f1d0c6a92be
-- Create Date: 2026-11-27 20:45:00.000000
-- Outside Transaction: photos are uploaded while the index is built

-- upgrade
CREATE INDEX CONCURRENTLY ix_photos_words ON photos USING gin (photo_words(original_filename, title, description, keywords, place));

-- downgrade
DROP INDEX CONCURRENTLY ix_photos_words;
