-- Add faces
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TABLE faces (
    id INTEGER PRIMARY KEY,
    photo TEXT REFERENCES photos (title)
);

-- downgrade
DROP TABLE faces;
