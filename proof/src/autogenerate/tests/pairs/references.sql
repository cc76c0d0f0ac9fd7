-- pair: foreign_key_added_to_a_not_null_column
-- before
CREATE TABLE p (id INTEGER PRIMARY KEY);
CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER NOT NULL);
-- rows
INSERT INTO p VALUES (1), (2);
INSERT INTO c VALUES (1, 2);
-- after
CREATE TABLE p (id INTEGER PRIMARY KEY);
CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER NOT NULL REFERENCES p (id) ON DELETE CASCADE);

-- pair: foreign_key_of_two_columns_added
-- before
CREATE TABLE p (a INTEGER, b INTEGER, PRIMARY KEY (a, b));
CREATE TABLE c (a INTEGER, b INTEGER);
-- rows
INSERT INTO p VALUES (1, 2);
INSERT INTO c VALUES (1, 2), (NULL, 7);
-- after
CREATE TABLE p (a INTEGER, b INTEGER, PRIMARY KEY (a, b));
CREATE TABLE c (a INTEGER, b INTEGER, FOREIGN KEY (a, b) REFERENCES p);

-- pair: foreign_key_to_a_key_that_comes
-- before
CREATE TABLE shops (code TEXT PRIMARY KEY NOT NULL) WITHOUT ROWID;
CREATE TABLE offers (id INTEGER PRIMARY KEY, shop_code TEXT NOT NULL REFERENCES shops (code));
-- rows
INSERT INTO shops VALUES ('a'), ('b');
INSERT INTO offers VALUES (1, 'b'), (2, 'a');
-- after
CREATE TABLE shops (id INTEGER PRIMARY KEY, code TEXT NOT NULL UNIQUE);
CREATE TABLE offers (id INTEGER PRIMARY KEY, shop_id INTEGER NOT NULL REFERENCES shops (id));

-- pair: foreign_key_to_a_unique_column
-- before
CREATE TABLE p (id INTEGER PRIMARY KEY, code TEXT UNIQUE);
CREATE TABLE c (id INTEGER PRIMARY KEY, code TEXT);
-- rows
INSERT INTO p VALUES (4, 'x'), (5, NULL);
INSERT INTO c VALUES (1, 'x');
-- after
CREATE TABLE p (id INTEGER PRIMARY KEY, code TEXT UNIQUE);
CREATE TABLE c (id INTEGER PRIMARY KEY, code TEXT NOT NULL REFERENCES p (code) ON UPDATE CASCADE);

-- pair: many_to_many_gains_a_key
-- before
CREATE TABLE photos (id INTEGER PRIMARY KEY);
CREATE TABLE tags (id INTEGER PRIMARY KEY);
CREATE TABLE photo_tags (photo INTEGER NOT NULL REFERENCES photos, tag INTEGER NOT NULL REFERENCES tags);
-- rows
INSERT INTO photos VALUES (1), (2);
INSERT INTO tags VALUES (1);
INSERT INTO photo_tags VALUES (1, 1), (2, 1), (1, 1);
-- after
CREATE TABLE photos (id INTEGER PRIMARY KEY);
CREATE TABLE tags (id INTEGER PRIMARY KEY);
CREATE TABLE photo_tags (photo INTEGER NOT NULL REFERENCES photos, tag INTEGER NOT NULL REFERENCES tags, PRIMARY KEY (photo, tag)) WITHOUT ROWID;

-- pair: rows_left_out_that_others_refer_to
-- before
CREATE TABLE units (id INTEGER PRIMARY KEY, head INTEGER REFERENCES people (id));
CREATE TABLE people (id INTEGER PRIMARY KEY, unit INTEGER NOT NULL REFERENCES units (id));
-- rows
INSERT INTO units VALUES (1, NULL), (2, NULL);
INSERT INTO people VALUES (1, 1), (2, 1), (3, 2);
UPDATE units SET head = 3 WHERE id = 2;
-- after
CREATE TABLE units (id INTEGER PRIMARY KEY, head INTEGER REFERENCES people (id));
CREATE TABLE people (id INTEGER PRIMARY KEY, unit INTEGER NOT NULL UNIQUE REFERENCES units (id));
