-- Index the rating
--
-- Revision ID: c3
-- Revises: a1

-- upgrade
CREATE INDEX ix_photos_rating ON photos (rating);

-- downgrade
DROP INDEX ix_photos_rating;
