-- Create photos
--
-- Revision ID: a1
-- Revises:

-- upgrade
CREATE TABLE photos (
    id INTEGER PRIMARY KEY,
    title TEXT,
    hidden BOOLEAN NOT NULL
);

CREATE VIEW titled AS SELECT id, title FROM photos WHERE title IS NOT NULL AND NOT hidden;

CREATE TRIGGER hide INSTEAD OF DELETE ON titled BEGIN
    UPDATE photos SET hidden = 1 WHERE id = old.id;
END;

-- downgrade
DROP VIEW titled;
DROP TABLE photos;
