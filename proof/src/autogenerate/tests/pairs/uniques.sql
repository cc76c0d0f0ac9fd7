-- pair: conflict_clauses_lose_no_row
-- before
CREATE TABLE t (a TEXT, b INTEGER);
-- rows
INSERT INTO t VALUES ('x', 1), ('y', 2);
-- after
CREATE TABLE t (a TEXT UNIQUE ON CONFLICT IGNORE, b INTEGER NOT NULL ON CONFLICT REPLACE DEFAULT 5);

-- pair: unique_by_another_collation
-- before
CREATE TABLE t (id INTEGER PRIMARY KEY, n TEXT NOT NULL UNIQUE);
-- rows
INSERT INTO t VALUES (5, 'a'), (6, 'b');
-- after
CREATE TABLE t (id INTEGER PRIMARY KEY, n TEXT NOT NULL COLLATE NOCASE UNIQUE);

-- pair: unique_column_with_a_default_removed
-- before
CREATE TABLE t (id TEXT PRIMARY KEY, n INTEGER UNIQUE DEFAULT 3) WITHOUT ROWID;
-- rows
INSERT INTO t VALUES ('a', 1), ('b', 2);
-- after
CREATE TABLE t (id TEXT PRIMARY KEY) WITHOUT ROWID;

-- pair: unique_in_a_table_without_rowid
-- before
CREATE TABLE t (a TEXT, b TEXT, n TEXT NOT NULL, size INTEGER NOT NULL, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE TABLE u (a TEXT PRIMARY KEY, size INTEGER NOT NULL) WITHOUT ROWID;
-- rows
INSERT INTO t VALUES ('a', 'b', '1', 1), ('b', 'b', '1', 1), ('c', 'c', '2', 2);
INSERT INTO u VALUES ('a', 1), ('b', 1);
-- after
CREATE TABLE t (a TEXT, b TEXT, n TEXT NOT NULL, size INTEGER NOT NULL, PRIMARY KEY (a, b)) WITHOUT ROWID;
CREATE UNIQUE INDEX t_n ON t (lower(n));
CREATE TABLE u (a TEXT PRIMARY KEY, size INTEGER NOT NULL UNIQUE) WITHOUT ROWID;

-- pair: unique_index_column_removed
-- before
CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, title VARCHAR(10), size INTEGER);
CREATE TABLE codes (code TEXT NOT NULL DEFAULT 'x', n INTEGER);
CREATE UNIQUE INDEX one_code ON codes (code);
-- rows
INSERT INTO photos VALUES (1, 'a.jpg', 'A', 10), (7, 'b.jpg', NULL, NULL);
INSERT INTO codes VALUES ('a', 1), ('b', 2);
-- after
CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, title VARCHAR(10), size INTEGER);
CREATE TABLE codes (n INTEGER);

-- pair: unique_index_partial_on_an_expression
-- before
CREATE TABLE t (id INTEGER PRIMARY KEY, b TEXT, c TEXT NOT NULL);
CREATE TABLE log (what);
CREATE TRIGGER logged AFTER UPDATE ON t BEGIN INSERT INTO log VALUES (new.id); END;
-- rows
INSERT INTO t VALUES (5, 'x', 'y'), (6, NULL, 'y');
-- after
CREATE TABLE t (id INTEGER PRIMARY KEY, b TEXT, c TEXT NOT NULL);
CREATE TABLE log (what);
CREATE TRIGGER logged AFTER UPDATE ON t BEGIN INSERT INTO log VALUES (new.id); END;
CREATE UNIQUE INDEX u ON t (lower(c)) WHERE b IS NOT NULL;

-- pair: unique_named_added
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
CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, title VARCHAR(10), size INTEGER, CONSTRAINT one_path UNIQUE (path));
CREATE TABLE tags (photo INTEGER NOT NULL REFERENCES photos (id) ON DELETE CASCADE, name TEXT NOT NULL COLLATE NOCASE, PRIMARY KEY (photo, name)) WITHOUT ROWID;
CREATE TABLE log (what TEXT);
CREATE TRIGGER photos_log AFTER UPDATE ON photos BEGIN INSERT INTO log VALUES (new.path); END;
CREATE VIEW titles AS SELECT id, title FROM photos; -- what is shown
CREATE VIEW first_titles AS SELECT * FROM titles WHERE id < 5;
