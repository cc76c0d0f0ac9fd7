-- pair: strict_under_a_check_that_was_there
-- before
CREATE TABLE jobs (id INTEGER PRIMARY KEY, pay INTEGER NOT NULL, bonus INTEGER NOT NULL, CHECK (bonus <= pay));
-- rows
INSERT INTO jobs VALUES (1, 5, 3), (2, 70, 7);
-- after
CREATE TABLE jobs (id INTEGER PRIMARY KEY, pay INTEGER NOT NULL, bonus INTEGER NOT NULL, CHECK (bonus <= pay)) STRICT;

-- pair: strict_where_values_do_not_fit
-- before
CREATE TABLE settings (key TEXT PRIMARY KEY, value ANY) STRICT, WITHOUT ROWID;
-- rows
INSERT INTO settings VALUES ('a', 'b'), ('c', x'64'), ('e', NULL);
-- after
CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT) STRICT, WITHOUT ROWID;
