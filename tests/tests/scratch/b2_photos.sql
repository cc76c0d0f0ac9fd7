-- Add photos
--
-- Revision ID: b2
-- Revises: a1

-- upgrade
CREATE TABLE photos (
    id INTEGER PRIMARY KEY,
    album INTEGER NOT NULL REFERENCES albums (id) ON DELETE CASCADE,
    title TEXT NOT NULL,
    width INTEGER,
    half INTEGER AS (width / 2)
);
CREATE INDEX ix_photos_album ON photos (album);
CREATE VIRTUAL TABLE words USING fts5(title);
CREATE TRIGGER photos_words AFTER INSERT ON photos BEGIN
    INSERT INTO words (rowid, title) VALUES (new.id, new.title);
END;
INSERT INTO photos (id, album, title, width) VALUES (7, 2, 'Kirschblüte', 1920);

-- downgrade
DROP TABLE words;
DROP TABLE photos;
