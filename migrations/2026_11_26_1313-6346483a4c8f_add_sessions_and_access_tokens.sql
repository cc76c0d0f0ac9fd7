-- Add sessions and access tokens
--
-- Revision ID: 6346483a4c8f
-- Revises: d2fa796fcae6
-- Create Date: 2026-11-26 13:13:59.698806
--
-- Only the SHA-256 of a secret is stored, so that a copy of the database opens no account.

-- upgrade
-- added table `tokens`
CREATE TABLE tokens (
    id INTEGER PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    hash TEXT NOT NULL UNIQUE,
    created_at DATETIME NOT NULL,
    expires_at DATETIME NOT NULL,
    last_used_at DATETIME,
    CHECK (kind IN ('session', 'token'))
);

-- added index `ix_tokens_user_id`
CREATE INDEX ix_tokens_user_id ON tokens (user_id);

-- downgrade
-- removed table `tokens`
DROP TABLE tokens;
