-- Create photos
--
-- Revision ID: a1
-- Revises:

-- upgrade
CREATE TABLE photos (
    id INTEGER PRIMARY KEY,
    name TEXT NOT NULL,
    title TEXT
);

-- downgrade
DROP TABLE photos;

-- sample
INSERT INTO photos (id, name) VALUES (1, 'a.jpg'), (2, NULL);
