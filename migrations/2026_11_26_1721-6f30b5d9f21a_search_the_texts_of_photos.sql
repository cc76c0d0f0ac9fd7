-- Search the texts of photos
--
-- Revision ID: 6f30b5d9f21a
-- Revises: 6089767d5079
-- Create Date: 2026-11-26 17:21:57.814936
--
-- The index has no copy of the texts: triggers keep it in step with the photos, and take a row out with the texts that it was made of, which
-- the view `photo_texts` gives. Its rows are numbered by a table of their own, because the numbers of the rows of `photos` change in a VACUUM
-- and in a rebuild of that table.

-- upgrade
CREATE TABLE photo_search_rows (
    id INTEGER PRIMARY KEY,
    photo_uuid VARCHAR NOT NULL UNIQUE REFERENCES photos (uuid)
);

CREATE VIEW photo_texts AS
SELECT
    photo_search_rows.id,
    photos.uuid AS photo_uuid,
    photos.original_filename,
    coalesce(photos.title, '') AS title,
    coalesce(photos.description, '') AS description,
    CASE WHEN json_valid(photos.keywords) THEN (SELECT group_concat(atom, ' ') FROM json_tree(photos.keywords)) ELSE coalesce(photos.keywords, '') END AS keywords,
    CASE WHEN json_valid(photos.place) THEN (SELECT group_concat(atom, ' ') FROM json_tree(photos.place)) ELSE coalesce(photos.place, '') END AS place
FROM photo_search_rows JOIN photos ON photos.uuid = photo_search_rows.photo_uuid;

CREATE VIRTUAL TABLE photo_search USING fts5 (
    original_filename,
    title,
    description,
    keywords,
    place,
    content = '',
    tokenize = 'unicode61 remove_diacritics 2'
);

CREATE TRIGGER photos_search_insert AFTER INSERT ON photos
BEGIN
    INSERT INTO photo_search_rows (photo_uuid) VALUES (new.uuid);
    INSERT INTO photo_search (rowid, original_filename, title, description, keywords, place)
    SELECT id, original_filename, title, description, keywords, place FROM photo_texts WHERE photo_uuid = new.uuid;
END;

CREATE TRIGGER photos_search_before_update BEFORE UPDATE OF uuid, original_filename, title, description, keywords, place ON photos
BEGIN
    INSERT INTO photo_search (photo_search, rowid, original_filename, title, description, keywords, place)
    SELECT 'delete', id, original_filename, title, description, keywords, place FROM photo_texts WHERE photo_uuid = old.uuid;
END;

CREATE TRIGGER photos_search_update AFTER UPDATE OF uuid, original_filename, title, description, keywords, place ON photos
BEGIN
    UPDATE photo_search_rows SET photo_uuid = new.uuid WHERE photo_uuid = old.uuid;
    INSERT INTO photo_search (rowid, original_filename, title, description, keywords, place)
    SELECT id, original_filename, title, description, keywords, place FROM photo_texts WHERE photo_uuid = new.uuid;
END;

CREATE TRIGGER photos_search_delete BEFORE DELETE ON photos
BEGIN
    INSERT INTO photo_search (photo_search, rowid, original_filename, title, description, keywords, place)
    SELECT 'delete', id, original_filename, title, description, keywords, place FROM photo_texts WHERE photo_uuid = old.uuid;
    DELETE FROM photo_search_rows WHERE photo_uuid = old.uuid;
END;

INSERT INTO photo_search_rows (photo_uuid) SELECT uuid FROM photos;

INSERT INTO photo_search (rowid, original_filename, title, description, keywords, place)
SELECT id, original_filename, title, description, keywords, place FROM photo_texts;

-- downgrade
DROP TRIGGER photos_search_delete;

DROP TRIGGER photos_search_update;

DROP TRIGGER photos_search_before_update;

DROP TRIGGER photos_search_insert;

DROP TABLE photo_search;

DROP VIEW photo_texts;

DROP TABLE photo_search_rows;
