-- Add thumbnails and background jobs
--
-- Revision ID: fd4f93a87707
-- Revises: 768f6e66caf0
-- Create Date: 2026-11-26 17:15:34.470684

-- upgrade
-- added table `jobs`
CREATE TABLE jobs (
    id INTEGER PRIMARY KEY,
    photo_uuid TEXT NOT NULL REFERENCES photos (uuid) ON DELETE CASCADE,
    kind TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    run_at DATETIME NOT NULL,
    failed_at DATETIME,
    error TEXT,
    UNIQUE (photo_uuid, kind),
    CHECK (kind IN ('metadata', 'thumbnails'))
);

-- added column `photos.thumbnail_state`
ALTER TABLE photos ADD COLUMN thumbnail_state TEXT;

-- added index `ix_jobs_run_at`
CREATE INDEX ix_jobs_run_at ON jobs (run_at) WHERE failed_at IS NULL;

-- downgrade
-- removed column `photos.thumbnail_state`
ALTER TABLE photos DROP COLUMN thumbnail_state;

-- removed table `jobs`
DROP TABLE jobs;
