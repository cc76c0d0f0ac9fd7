-- pair: generated_becomes_ordinary
-- before
CREATE TABLE sums (a INTEGER, b INTEGER, total INTEGER GENERATED ALWAYS AS (a + b) VIRTUAL, twice INTEGER AS (a * 2) STORED);
-- rows
INSERT INTO sums (a, b) VALUES (1, 2), (3, 4);
-- after
CREATE TABLE sums (a INTEGER, b INTEGER, total INTEGER GENERATED ALWAYS AS (a + b) VIRTUAL, twice INTEGER);

-- pair: generated_changed
-- before
CREATE TABLE sums (a INTEGER, b INTEGER, total INTEGER GENERATED ALWAYS AS (a + b) VIRTUAL, twice INTEGER AS (a * 2) STORED);
-- rows
INSERT INTO sums (a, b) VALUES (1, 2), (3, 4);
-- after
CREATE TABLE sums (a INTEGER, b INTEGER, total INTEGER GENERATED ALWAYS AS (a - b) VIRTUAL, twice INTEGER AS (a * 2) STORED);

-- pair: generated_from_json_that_is_checked
-- before
CREATE TABLE t (id INTEGER PRIMARY KEY, j TEXT) STRICT;
-- rows
INSERT INTO t VALUES (1, '{"k": 1}');
-- after
CREATE TABLE t (id INTEGER PRIMARY KEY, j TEXT CHECK (json_valid(j)), k TEXT AS (j ->> '$.k')) STRICT;
CREATE INDEX jk ON t (k);

-- pair: generated_kept_in_a_rebuild
-- before
CREATE TABLE sums (a INTEGER, b INTEGER, total INTEGER GENERATED ALWAYS AS (a + b) VIRTUAL, twice INTEGER AS (a * 2) STORED);
-- rows
INSERT INTO sums (a, b) VALUES (1, 2), (3, 4);
-- after
CREATE TABLE sums (a INTEGER, b BIGINT, total INTEGER GENERATED ALWAYS AS (a + b) VIRTUAL, twice INTEGER AS (a * 2) STORED);
