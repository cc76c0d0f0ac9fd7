-- Add links that share albums
--
-- Revision ID: 8680f6e194fc
-- Revises: 33a23311d637
-- Create Date: 2026-11-26 17:22:49.270930

-- upgrade
-- added table `shares`
CREATE TABLE shares (
    id INTEGER PRIMARY KEY,
    album_uuid VARCHAR NOT NULL REFERENCES albums (uuid),
    hash TEXT NOT NULL UNIQUE,
    created_at DATETIME NOT NULL,
    expires_at DATETIME NOT NULL
);

-- added index `ix_shares_album_uuid`
CREATE INDEX ix_shares_album_uuid ON shares (album_uuid);

-- downgrade
-- removed table `shares`
DROP TABLE shares;
