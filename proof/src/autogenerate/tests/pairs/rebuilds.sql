-- pair: rebuild_keeps_everything
-- before
CREATE TABLE parents (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT COLLATE NOCASE UNIQUE ON CONFLICT REPLACE, note, price MONEY, data ANY, flag TINYINT DEFAULT 0, up INTEGER REFERENCES parents (id) ON DELETE SET NULL, kept TEXT NOT NULL DEFAULT 'x', doubled INTEGER AS (flag * 2) VIRTUAL, CONSTRAINT short CHECK (length(name) < 20));
CREATE TABLE children (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL REFERENCES parents (id) ON DELETE CASCADE ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED);
CREATE INDEX by_name ON parents (name COLLATE RTRIM DESC, flag);
CREATE INDEX by_lower ON parents (lower(kept)) WHERE flag > 0;  -- of those that count
CREATE TABLE seen (what);
CREATE TRIGGER parents_seen AFTER DELETE ON parents BEGIN INSERT INTO seen (what) VALUES (old.id); END;
CREATE TRIGGER children_seen AFTER INSERT ON children BEGIN UPDATE parents SET flag = flag + 1 WHERE id = new.parent; END;
CREATE VIEW families AS SELECT name, count(*) AS size FROM parents JOIN children ON parent = parents.id GROUP BY name;
-- rows
INSERT INTO parents (id, name, note, price, data, flag, up) VALUES (3, 'Ann', x'00ff', 1.5, 'z', 1, NULL), (8, 'bob', 7, '2', NULL, 0, 3), (20, 'zed', NULL, 0, 0, 0, 8);
DELETE FROM parents WHERE id = 20;
INSERT INTO children VALUES (1, 3), (2, 3), (5, 8);
-- after
CREATE TABLE parents (id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT COLLATE NOCASE UNIQUE ON CONFLICT REPLACE, note, price MONEY, data ANY, flag TINYINT DEFAULT 1, up INTEGER REFERENCES parents (id) ON DELETE SET NULL, kept TEXT NOT NULL DEFAULT 'x', doubled INTEGER AS (flag * 2) VIRTUAL, CONSTRAINT short CHECK (length(name) < 20));
CREATE TABLE children (id INTEGER PRIMARY KEY, parent INTEGER NOT NULL REFERENCES parents (id) ON DELETE CASCADE ON UPDATE CASCADE DEFERRABLE INITIALLY DEFERRED);
CREATE INDEX by_name ON parents (name COLLATE RTRIM DESC, flag);
CREATE INDEX by_lower ON parents (lower(kept)) WHERE flag > 0;  -- of those that count
CREATE TABLE seen (what);
CREATE TRIGGER parents_seen AFTER DELETE ON parents BEGIN INSERT INTO seen (what) VALUES (old.id); END;
CREATE TRIGGER children_seen AFTER INSERT ON children BEGIN UPDATE parents SET flag = flag + 1 WHERE id = new.parent; END;
CREATE VIEW families AS SELECT name, count(*) AS size FROM parents JOIN children ON parent = parents.id GROUP BY name;

-- pair: rebuild_keeps_rowids
-- before
CREATE TABLE words (word TEXT, rowid TEXT);
CREATE TABLE lines (a TEXT, b INTEGER);
-- rows
INSERT INTO words (_rowid_, word, rowid) VALUES (3, 'a', 'r'), (900, 'b', 's');
INSERT INTO lines (rowid, a) VALUES (5, 'x'), (17, 'y');
-- after
CREATE TABLE words (word TEXT DEFAULT 'w', rowid TEXT);
CREATE TABLE lines (a TEXT NOT NULL DEFAULT '', b INTEGER DEFAULT 3);

-- pair: rebuild_of_two_that_refer_to_each_other
-- before
CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER REFERENCES b);
CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a);
CREATE TRIGGER a_b AFTER INSERT ON a BEGIN UPDATE b SET a = new.id WHERE id = new.b; END;
CREATE VIEW both AS SELECT a.id AS a, b.id AS b FROM a JOIN b ON a.b = b.id;
-- rows
INSERT INTO a VALUES (1, NULL);
INSERT INTO b VALUES (2, 1);
UPDATE a SET b = 2;
-- after
CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER REFERENCES b ON DELETE SET NULL);
CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER REFERENCES a ON DELETE SET NULL);
CREATE TRIGGER a_b AFTER INSERT ON a BEGIN UPDATE b SET a = new.id WHERE id = new.b; END;
CREATE VIEW both AS SELECT a.id AS a, b.id AS b FROM a JOIN b ON a.b = b.id;
