-- pair: column_called_rowid
-- before
CREATE TABLE parents (id INTEGER PRIMARY KEY);
CREATE TABLE t (x INTEGER, rowid TEXT);
-- rows
INSERT INTO parents VALUES (1);
INSERT INTO t VALUES (1, 'r'), (NULL, 's');
-- after
CREATE TABLE parents (id INTEGER PRIMARY KEY);
CREATE TABLE t (x INTEGER REFERENCES parents (id), rowid TEXT);

-- pair: column_in_other_letters
-- before
CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, title VARCHAR(10), size INTEGER);
CREATE TABLE tags (photo INTEGER NOT NULL REFERENCES photos (id) ON DELETE CASCADE, name TEXT NOT NULL COLLATE NOCASE, PRIMARY KEY (photo, name)) WITHOUT ROWID;
-- rows
INSERT INTO photos VALUES (1, 'a.jpg', 'A', 10), (7, 'b.jpg', NULL, NULL);
INSERT INTO tags VALUES (1, 'sea'), (7, 'sky');
-- after
CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, Title VARCHAR(10), size INTEGER);
CREATE TABLE tags (photo INTEGER NOT NULL REFERENCES photos (id) ON DELETE CASCADE, name TEXT NOT NULL COLLATE NOCASE, PRIMARY KEY (photo, name)) WITHOUT ROWID;

-- pair: column_removed_from_a_table_and_its_view
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
CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, size INTEGER);
CREATE TABLE tags (photo INTEGER NOT NULL REFERENCES photos (id) ON DELETE CASCADE, name TEXT NOT NULL COLLATE NOCASE, PRIMARY KEY (photo, name)) WITHOUT ROWID;
CREATE TABLE log (what TEXT);
CREATE TRIGGER photos_log AFTER UPDATE ON photos BEGIN INSERT INTO log VALUES (new.path); END;
CREATE VIEW titles AS SELECT id, size FROM photos; -- what is shown
CREATE VIEW first_titles AS SELECT * FROM titles WHERE id < 5;

-- pair: column_renamed_and_made_not_null
-- before
CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, title VARCHAR(10), size INTEGER);
CREATE TABLE tags (photo INTEGER NOT NULL REFERENCES photos (id) ON DELETE CASCADE, name TEXT NOT NULL COLLATE NOCASE, PRIMARY KEY (photo, name)) WITHOUT ROWID;
-- rows
INSERT INTO photos VALUES (1, 'a.jpg', 'A', 10), (7, 'b.jpg', NULL, NULL);
INSERT INTO tags VALUES (1, 'sea'), (7, 'sky');
-- after
CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, caption VARCHAR(10) NOT NULL DEFAULT '', size INTEGER);
CREATE TABLE tags (photo INTEGER NOT NULL REFERENCES photos (id) ON DELETE CASCADE, name TEXT NOT NULL COLLATE NOCASE, PRIMARY KEY (photo, name)) WITHOUT ROWID;

-- pair: column_renamed_under_views_of_views
-- before
CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT);
CREATE VIEW v AS SELECT * FROM t;
CREATE VIEW w AS SELECT a FROM v;
CREATE VIEW x AS SELECT count(*) AS n FROM w;
-- rows
INSERT INTO t VALUES (1, 'x');
-- after
CREATE TABLE t (id INTEGER PRIMARY KEY, b TEXT);
CREATE VIEW v AS SELECT * FROM t;
CREATE VIEW w AS SELECT b FROM v;
CREATE VIEW x AS SELECT count(*) AS n FROM w;

-- pair: column_unique
-- before
CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, title VARCHAR(10), size INTEGER);
-- rows
INSERT INTO photos VALUES (1, 'a.jpg', 'A', 10), (7, 'b.jpg', NULL, NULL);
-- after
CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, title VARCHAR(10), size INTEGER, slug TEXT UNIQUE);

-- pair: column_with_a_foreign_key
-- before
CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, title VARCHAR(10), size INTEGER);
CREATE TABLE notes (id INTEGER PRIMARY KEY);
-- rows
INSERT INTO photos VALUES (1, 'a.jpg', 'A', 10), (7, 'b.jpg', NULL, NULL);
INSERT INTO notes VALUES (3);
-- after
CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, title VARCHAR(10), size INTEGER);
CREATE TABLE notes (id INTEGER PRIMARY KEY, photo INTEGER CONSTRAINT of_photo REFERENCES photos (id) ON DELETE SET NULL);

-- pair: columns_change_names
-- before
CREATE TABLE prices (id INTEGER PRIMARY KEY, net TEXT NOT NULL, gross INTEGER, note TEXT);
CREATE INDEX prices_net ON prices (net);
CREATE VIEW shown AS SELECT net, gross FROM prices;
-- rows
INSERT INTO prices VALUES (1, 'a', 2, 'x'), (2, 'b', 3, NULL);
-- after
CREATE TABLE prices (id INTEGER PRIMARY KEY, gross TEXT NOT NULL, net INTEGER, note TEXT);
CREATE INDEX prices_net ON prices (net);
CREATE VIEW shown AS SELECT net, gross FROM prices;

-- pair: default_that_is_not_constant
-- before
CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, title VARCHAR(10), size INTEGER);
-- rows
INSERT INTO photos VALUES (1, 'a.jpg', 'A', 10), (7, 'b.jpg', NULL, NULL);
-- after
CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, title VARCHAR(10), size INTEGER, added TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP);

-- pair: default_that_its_check_refuses
-- before
CREATE TABLE orders (id INTEGER PRIMARY KEY, total INTEGER NOT NULL);
-- rows
INSERT INTO orders VALUES (1, 5), (2, -7);
-- after
CREATE TABLE orders (id INTEGER PRIMARY KEY, total INTEGER NOT NULL, state TEXT NOT NULL DEFAULT '' CHECK (state IN ('new', 'done')), note TEXT DEFAULT '' CHECK (length(note) > 3));

-- pair: names_in_quotes
-- before
CREATE TABLE "order" ("a b" TEXT, "select" INTEGER, "größe" INTEGER, [x"y] TEXT);
CREATE INDEX "by a" ON "order" ("a b");
-- rows
INSERT INTO "order" VALUES ('x', 1, 2, 3);
-- after
CREATE TABLE "order" ("a b" TEXT DEFAULT '', "select" INTEGER, "größe" INTEGER, [x"y] TEXT, "new ""one" TEXT);
CREATE INDEX "by a" ON "order" ("a b");

-- pair: renamed_with_another_type_or_place
-- before
CREATE TABLE orders (id INTEGER PRIMARY KEY, qty INTEGER, note TEXT);
CREATE TABLE pages (id INTEGER PRIMARY KEY, title TEXT, size INTEGER);
CREATE TABLE points (a, b, c);
-- rows
INSERT INTO orders VALUES (1, 5, 'a');
INSERT INTO pages VALUES (1, 'One', 3);
INSERT INTO points VALUES (1, 'x', 2);
-- after
CREATE TABLE orders (id INTEGER PRIMARY KEY, quantity BIGINT, note TEXT);
CREATE TABLE pages (id INTEGER PRIMARY KEY, size INTEGER, heading TEXT);
CREATE TABLE places (a INTEGER, b BLOB, c INTEGER);
