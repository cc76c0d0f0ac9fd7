-- pair: key_of_a_table_called_other
-- before
CREATE TABLE other (id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, up INTEGER REFERENCES other);
-- rows
INSERT INTO other VALUES (7, 'a', NULL), (9, 'b', 7), (11, 'c', 11);
-- after
CREATE TABLE other (id INTEGER NOT NULL UNIQUE, code TEXT PRIMARY KEY NOT NULL, up TEXT REFERENCES other);

-- pair: key_that_is_said_to_be_not_null
-- before
CREATE TABLE users (
	id INTEGER NOT NULL,
	name VARCHAR(50) NOT NULL,
	PRIMARY KEY (id)
);
-- rows
INSERT INTO users VALUES (1, 'a'), (5, 'b');
-- after
CREATE TABLE users (
	id INTEGER NOT NULL,
	name VARCHAR(80) NOT NULL,
	PRIMARY KEY (id)
);

-- pair: primary_key_is_another_column
-- before
CREATE TABLE shops (id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE, main INTEGER REFERENCES shops);
CREATE TABLE offers (id INTEGER PRIMARY KEY, shop INTEGER NOT NULL REFERENCES shops ON DELETE CASCADE);
CREATE TABLE log (at TEXT, shop REFERENCES shops);
-- rows
INSERT INTO shops VALUES (7, 'a', NULL), (9, 'b', 7), (11, 'c', 11);
INSERT INTO offers VALUES (1, 9), (2, 7);
INSERT INTO log VALUES ('now', 11), ('then', NULL);
-- after
CREATE TABLE shops (id INTEGER NOT NULL UNIQUE, code TEXT PRIMARY KEY NOT NULL, main TEXT REFERENCES shops);
CREATE TABLE offers (id INTEGER PRIMARY KEY, shop TEXT NOT NULL REFERENCES shops ON DELETE CASCADE);
CREATE TABLE log (at TEXT, shop REFERENCES shops);

-- pair: primary_key_membership
-- before
CREATE TABLE t (a INTEGER NOT NULL, b INTEGER NOT NULL, c TEXT, PRIMARY KEY (a));
-- rows
INSERT INTO t VALUES (1, 2, 'x'), (2, 2, 'y');
-- after
CREATE TABLE t (a INTEGER NOT NULL, b INTEGER NOT NULL, c TEXT, PRIMARY KEY (a, b));

-- pair: primary_key_of_another_type
-- before
CREATE TABLE photos (id INTEGER PRIMARY KEY, path TEXT NOT NULL, title VARCHAR(10), size INTEGER);
CREATE TABLE tags (photo INTEGER NOT NULL REFERENCES photos (id) ON DELETE CASCADE, name TEXT NOT NULL COLLATE NOCASE, PRIMARY KEY (photo, name)) WITHOUT ROWID;
-- rows
INSERT INTO photos VALUES (1, 'a.jpg', 'A', 10), (7, 'b.jpg', NULL, NULL);
INSERT INTO tags VALUES (1, 'sea'), (7, 'sky');
-- after
CREATE TABLE photos (id TEXT PRIMARY KEY, path TEXT NOT NULL, title VARCHAR(10), size INTEGER);
CREATE TABLE tags (photo INTEGER NOT NULL REFERENCES photos (id) ON DELETE CASCADE, name TEXT NOT NULL COLLATE NOCASE, PRIMARY KEY (photo, name)) WITHOUT ROWID;

-- pair: primary_key_of_one_column_less
-- before
CREATE TABLE t (id INTEGER NOT NULL, a TEXT NOT NULL, PRIMARY KEY (id, a));
-- rows
INSERT INTO t (rowid, id, a) VALUES (5, 5, 'x'), (9, 9, 'y');
-- after
CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT NOT NULL);

-- pair: primary_key_of_text_becomes_a_number
-- before
CREATE TABLE shops (code TEXT PRIMARY KEY NOT NULL, name TEXT);
CREATE TABLE offers (id INTEGER PRIMARY KEY, shop TEXT NOT NULL REFERENCES shops ON DELETE CASCADE);
-- rows
INSERT INTO shops VALUES ('a', 'A'), ('b', 'B'), ('c', 'C');
INSERT INTO offers VALUES (1, 'b'), (2, 'a'), (3, 'c');
-- after
CREATE TABLE shops (code INTEGER PRIMARY KEY, name TEXT);
CREATE TABLE offers (id INTEGER PRIMARY KEY, shop INTEGER NOT NULL REFERENCES shops ON DELETE CASCADE);
