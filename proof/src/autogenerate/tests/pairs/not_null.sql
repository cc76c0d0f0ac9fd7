-- pair: not_null_added_without_triggers
-- before
CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, title VARCHAR(10), size INTEGER);
CREATE TABLE tags (photo INTEGER NOT NULL REFERENCES photos (id) ON DELETE CASCADE, name TEXT NOT NULL COLLATE NOCASE, PRIMARY KEY (photo, name)) WITHOUT ROWID;
CREATE VIEW titles AS SELECT id, title FROM photos; -- what is shown
CREATE VIEW first_titles AS SELECT * FROM titles WHERE id < 5;
-- rows
INSERT INTO photos VALUES (1, 'a.jpg', 'A', 10), (7, 'b.jpg', NULL, NULL);
INSERT INTO tags VALUES (1, 'sea'), (7, 'sky');
-- after
CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, title VARCHAR(10), size INTEGER NOT NULL);
CREATE TABLE tags (photo INTEGER NOT NULL REFERENCES photos (id) ON DELETE CASCADE, name TEXT NOT NULL COLLATE NOCASE, PRIMARY KEY (photo, name)) WITHOUT ROWID;
CREATE VIEW titles AS SELECT id, title FROM photos; -- what is shown
CREATE VIEW first_titles AS SELECT * FROM titles WHERE id < 5;

-- pair: not_null_column_that_refers_to_a_new_table
-- before
CREATE TABLE c (id INTEGER PRIMARY KEY);
-- rows
INSERT INTO c VALUES (1), (2);
-- after
CREATE TABLE p (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER NOT NULL REFERENCES p (id));

-- pair: not_null_column_that_refers_to_a_table
-- before
CREATE TABLE p (id INTEGER PRIMARY KEY);
CREATE TABLE c (id INTEGER PRIMARY KEY);
-- rows
INSERT INTO p VALUES (1);
INSERT INTO c VALUES (1);
-- after
CREATE TABLE p (id INTEGER PRIMARY KEY);
CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER NOT NULL REFERENCES p (id));

-- pair: not_null_column_without_default_under_a_trigger
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
CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, title VARCHAR(10), size INTEGER, album TEXT NOT NULL CHECK (album IN ('home', 'work')));
CREATE TABLE tags (photo INTEGER NOT NULL REFERENCES photos (id) ON DELETE CASCADE, name TEXT NOT NULL COLLATE NOCASE, PRIMARY KEY (photo, name)) WITHOUT ROWID;
CREATE TABLE log (what TEXT);
CREATE TRIGGER photos_log AFTER UPDATE ON photos BEGIN INSERT INTO log VALUES (new.path); END;
CREATE VIEW titles AS SELECT id, title FROM photos; -- what is shown
CREATE VIEW first_titles AS SELECT * FROM titles WHERE id < 5;

-- pair: not_null_unique_column_of_a_strict_table
-- before
CREATE TABLE t (k TEXT PRIMARY KEY, n INTEGER) STRICT, WITHOUT ROWID;
CREATE TABLE u (id INTEGER PRIMARY KEY, n INTEGER) STRICT;
-- rows
INSERT INTO t VALUES ('a', 1), ('b', 1);
INSERT INTO u VALUES (3, 1), (4, 1);
-- after
CREATE TABLE t (k TEXT PRIMARY KEY, n INTEGER, hash BLOB NOT NULL UNIQUE) STRICT, WITHOUT ROWID;
CREATE TABLE u (id INTEGER PRIMARY KEY, n INTEGER, hash BLOB NOT NULL UNIQUE, name TEXT NOT NULL UNIQUE) STRICT;

-- pair: not_null_unique_column_removed
-- before
CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, title VARCHAR(10), size INTEGER, code TEXT NOT NULL UNIQUE);
-- rows
INSERT INTO photos VALUES (1, 'a', 'A', 1, 'x'), (2, 'b', 'B', 2, 'y');
-- after
CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, title VARCHAR(10), size INTEGER);
