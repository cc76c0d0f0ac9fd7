-- Squash of 2 scripts: Add stars
--
-- Revision ID: b2
-- Revises:
-- Create Date: 2025-02-15 10:30:00.000000
-- Replaces: 2 revisions

-- upgrade
CREATE TABLE photos (
    id INTEGER PRIMARY KEY,
    title TEXT,
    stars INTEGER
);

INSERT INTO photos (id, title, stars) VALUES
    (1, 'welcome', NULL);

-- downgrade
DROP TABLE photos;
