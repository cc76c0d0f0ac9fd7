-- Add faces
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TABLE faces (
    id INTEGER PRIMARY KEY,
    photo INTEGER REFERENCES photo (id)
);

-- downgrade
DROP TABLE faces;
