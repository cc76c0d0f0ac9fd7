-- Views, triggers and virtual tables are nothing that models say, and names of constraints only where they do
--
-- Revision ID: a1
-- Revises:
-- Create Date: 2026-01-15 10:30:00.000000

-- upgrade
CREATE TABLE photos (
    id INTEGER PRIMARY KEY,
    path TEXT NOT NULL,
    copy_of INTEGER,
    CONSTRAINT uq_photos_path UNIQUE (path),
    CONSTRAINT fk_photos_copy_of_photos FOREIGN KEY (copy_of) REFERENCES photos,
    CONSTRAINT ck_photos_path CHECK (path <> '')
);
CREATE VIEW paths AS SELECT path FROM photos;
CREATE VIRTUAL TABLE words USING fts5(path, content = 'photos', content_rowid = 'id');
CREATE TRIGGER photos_words AFTER INSERT ON photos BEGIN
    INSERT INTO words (rowid, path) VALUES (new.id, new.path);
END;

-- downgrade
DROP TABLE words;
DROP VIEW paths;
DROP TABLE photos;
