-- Make albums
--
-- Revision ID: a1
-- Revises:

-- upgrade
CREATE TABLE albums (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE COLLATE NOCASE);
CREATE TABLE notes (text TEXT);
INSERT INTO albums (name) VALUES ('Ferien in Großenhain'), ('日本'), ('gone');
DELETE FROM albums WHERE name = 'gone';
INSERT INTO notes VALUES ('one'), ('two'), ('three');
DELETE FROM notes WHERE text = 'one';

-- downgrade
DROP TABLE notes;
DROP TABLE albums;

-- sample
INSERT INTO albums (id, name) VALUES (1000, 'a sample row');
