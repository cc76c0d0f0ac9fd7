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
INSERT INTO photos (id, name, title) VALUES (1, 'a.jpg', NULL), (2, 'b.jpg', ' Ä ');
