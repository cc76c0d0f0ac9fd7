-- pair: check_named_text
-- before
CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, title VARCHAR(10), size INTEGER, CONSTRAINT large CHECK (size > 1));
CREATE TABLE tags (photo INTEGER NOT NULL REFERENCES photos (id) ON DELETE CASCADE, name TEXT NOT NULL COLLATE NOCASE, PRIMARY KEY (photo, name)) WITHOUT ROWID;
CREATE TABLE log (what TEXT);
CREATE TRIGGER photos_log AFTER UPDATE ON photos BEGIN INSERT INTO log VALUES (new.path); END;
CREATE VIEW titles AS SELECT id, title FROM photos; -- what is shown
CREATE VIEW first_titles AS SELECT * FROM titles WHERE id < 5;
-- rows
INSERT INTO photos VALUES (1, 'a.jpg', 'A', 10), (7, 'b.jpg', NULL, NULL);
INSERT INTO tags VALUES (1, 'sea'), (7, 'sky');
-- after
CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, title VARCHAR(10), size INTEGER, CONSTRAINT large CHECK (size > 2));
CREATE TABLE tags (photo INTEGER NOT NULL REFERENCES photos (id) ON DELETE CASCADE, name TEXT NOT NULL COLLATE NOCASE, PRIMARY KEY (photo, name)) WITHOUT ROWID;
CREATE TABLE log (what TEXT);
CREATE TRIGGER photos_log AFTER UPDATE ON photos BEGIN INSERT INTO log VALUES (new.path); END;
CREATE VIEW titles AS SELECT id, title FROM photos; -- what is shown
CREATE VIEW first_titles AS SELECT * FROM titles WHERE id < 5;

-- pair: check_of_fewer_values
-- before
CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT NOT NULL CHECK (s IN ('new', 'old', 'gone')));
-- rows
INSERT INTO t VALUES (5, 'new'), (6, 'old');
-- after
CREATE TABLE t (id INTEGER PRIMARY KEY, s TEXT NOT NULL CHECK (s IN ('new', 'old')));

-- pair: enum_members
-- before
CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, title VARCHAR(10), size INTEGER, kind VARCHAR(5) CHECK (kind IN ('jpg', 'png')));
-- rows
INSERT INTO photos VALUES (1, 'a', 'A', 1, 'jpg');
-- after
CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, title VARCHAR(10), size INTEGER, kind VARCHAR(5) CHECK (kind IN ('jpg', 'png', 'gif')));
