-- pair: table_in_other_letters
-- before
CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, title VARCHAR(10), size INTEGER);
CREATE TABLE tags (photo INTEGER NOT NULL REFERENCES photos (id) ON DELETE CASCADE, name TEXT NOT NULL COLLATE NOCASE, PRIMARY KEY (photo, name)) WITHOUT ROWID;
CREATE TABLE log (what TEXT);
CREATE TRIGGER photos_log AFTER UPDATE ON photos BEGIN INSERT INTO log VALUES (new.path); END;
CREATE VIEW titles AS SELECT id, title FROM photos; -- what is shown
CREATE VIEW first_titles AS SELECT * FROM titles WHERE id < 5;
-- rows
INSERT INTO photos VALUES (1, 'a.jpg', 'A', 10), (7, 'b.jpg', NULL, NULL);
INSERT INTO tags VALUES (1, 'sea'), (7, 'sky');
-- after
CREATE TABLE Photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, title VARCHAR(10), size INTEGER);
CREATE TABLE tags (photo INTEGER NOT NULL REFERENCES photos (id) ON DELETE CASCADE, name TEXT NOT NULL COLLATE NOCASE, PRIMARY KEY (photo, name)) WITHOUT ROWID;
CREATE TABLE log (what TEXT);
CREATE TRIGGER photos_log AFTER UPDATE ON photos BEGIN INSERT INTO log VALUES (new.path); END;
CREATE VIEW titles AS SELECT id, title FROM photos; -- what is shown
CREATE VIEW first_titles AS SELECT * FROM titles WHERE id < 5;

-- pair: table_perhaps_renamed
-- before
CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, title VARCHAR(10), size INTEGER);
-- rows
INSERT INTO photos VALUES (1, 'a.jpg', 'A', 10), (7, 'b.jpg', NULL, NULL);
-- after
CREATE TABLE pictures (id INTEGER PRIMARY KEY, path TEXT NOT NULL, title VARCHAR(10), width INTEGER);

-- pair: table_removed_with_the_column_that_refers_to_it
-- before
CREATE TABLE p (id INTEGER PRIMARY KEY, n TEXT NOT NULL);
CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER NOT NULL REFERENCES p (id) ON DELETE CASCADE, n TEXT);
CREATE INDEX cp ON c (p);
-- rows
INSERT INTO p VALUES (1, 'x'), (2, 'y');
INSERT INTO c VALUES (1, 1, 'a');
-- after
CREATE TABLE c (id INTEGER PRIMARY KEY, n TEXT);

-- pair: table_renamed_and_changed
-- before
CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, title VARCHAR(10), size INTEGER);
CREATE TABLE tags (photo INTEGER NOT NULL REFERENCES photos (id) ON DELETE CASCADE, name TEXT NOT NULL COLLATE NOCASE, PRIMARY KEY (photo, name)) WITHOUT ROWID;
-- rows
INSERT INTO photos VALUES (1, 'a.jpg', 'A', 10), (7, 'b.jpg', NULL, NULL);
INSERT INTO tags VALUES (1, 'sea'), (7, 'sky');
-- after
CREATE TABLE pictures (id INTEGER PRIMARY KEY, path TEXT NOT NULL, title VARCHAR(10), size BIGINT);
CREATE TABLE tags (photo INTEGER NOT NULL REFERENCES pictures (id) ON DELETE CASCADE, name TEXT NOT NULL COLLATE NOCASE, PRIMARY KEY (photo, name)) WITHOUT ROWID;

-- pair: tables_removed_children_first
-- before
CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, title VARCHAR(10), size INTEGER);
CREATE TABLE tags (photo INTEGER NOT NULL REFERENCES photos (id) ON DELETE CASCADE, name TEXT NOT NULL COLLATE NOCASE, PRIMARY KEY (photo, name)) WITHOUT ROWID;
CREATE TABLE notes (photo INTEGER REFERENCES photos);
-- rows
INSERT INTO photos VALUES (1, 'a.jpg', 'A', 10), (7, 'b.jpg', NULL, NULL);
INSERT INTO tags VALUES (1, 'sea'), (7, 'sky');
-- after
CREATE TABLE other (a);
