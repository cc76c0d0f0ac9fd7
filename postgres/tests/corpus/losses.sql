-- case: numbers lose their fraction
-- expect: undeclared-loss: `a.price`
-- script: table
-- upgrade
CREATE TABLE a (id integer PRIMARY KEY, price numeric(8, 2));
-- downgrade
DROP TABLE a;
-- script: it
-- upgrade
ALTER TABLE a ALTER COLUMN price TYPE integer;
-- downgrade
ALTER TABLE a ALTER COLUMN price TYPE numeric(8, 2);
-- case: a time loses its fraction
-- expect: undeclared-loss: `a.at`
-- script: table
-- upgrade
CREATE TABLE a (id integer, at timestamptz);
-- downgrade
DROP TABLE a;
-- script: it
-- upgrade
ALTER TABLE a ALTER COLUMN at TYPE timestamptz(0);
-- downgrade
ALTER TABLE a ALTER COLUMN at TYPE timestamptz;
-- case: a time becomes a date
-- expect: undeclared-loss: `a.at`
-- script: table
-- upgrade
CREATE TABLE a (id integer, at timestamp NOT NULL);
-- downgrade
DROP TABLE a;
-- script: it
-- upgrade
ALTER TABLE a ALTER COLUMN at TYPE date;
-- downgrade
ALTER TABLE a ALTER COLUMN at TYPE timestamp;
-- case: NULL becomes a text and does not come back
-- expect: undeclared-loss: `a.name`
-- script: table
-- upgrade
CREATE TABLE a (id serial PRIMARY KEY, name text);
-- downgrade
DROP TABLE a;
-- script: it
-- upgrade
UPDATE a SET name = '' WHERE name IS NULL;

ALTER TABLE a ALTER COLUMN name SET NOT NULL;
-- downgrade
ALTER TABLE a ALTER COLUMN name DROP NOT NULL;
-- case: capital letters are lost
-- expect: undeclared-loss: `a.name`
-- script: table
-- upgrade
CREATE TABLE a (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name varchar(30) NOT NULL);
-- downgrade
DROP TABLE a;
-- script: it
-- upgrade
UPDATE a SET name = lower(name);
-- downgrade
UPDATE a SET name = initcap(name) WHERE name = 'never';
-- case: a table is rebuilt without one column
-- expect: undeclared-loss: `a.note`
-- script: table
-- upgrade
CREATE TABLE a (id integer PRIMARY KEY, name text, note text);
-- downgrade
DROP TABLE a;
-- script: it
-- upgrade
CREATE TABLE b (id integer PRIMARY KEY, name text);

INSERT INTO b SELECT id, name FROM a;

DROP TABLE a;
-- downgrade
CREATE TABLE a (id integer PRIMARY KEY, name text, note text);

INSERT INTO a SELECT id, name FROM b;

DROP TABLE b;
-- case: two columns come back swapped
-- expect: undeclared-loss: `a.first`
-- script: table
-- upgrade
CREATE TABLE a (id integer PRIMARY KEY, first text, last text);

INSERT INTO a VALUES (1, 'Ada', 'Byron');
-- downgrade
DROP TABLE a;
-- script: it
-- upgrade
ALTER TABLE a ADD COLUMN whole text;

UPDATE a SET whole = first || ' ' || last;

ALTER TABLE a DROP COLUMN first, DROP COLUMN last;
-- downgrade
ALTER TABLE a ADD COLUMN first text, ADD COLUMN last text;

UPDATE a SET last = split_part(whole, ' ', 1), first = split_part(whole, ' ', 2);

ALTER TABLE a DROP COLUMN whole;
-- case: rows of children go with their parents
-- expect: undeclared-loss: rows of `child`
-- script: table
-- upgrade
CREATE TABLE parent (id integer PRIMARY KEY, name text);

CREATE TABLE child (id integer PRIMARY KEY, parent integer NOT NULL REFERENCES parent ON DELETE CASCADE);
-- downgrade
DROP TABLE child;

DROP TABLE parent;
-- script: it
-- upgrade
CREATE TABLE kept AS SELECT * FROM parent;

DELETE FROM parent;
-- downgrade
INSERT INTO parent SELECT * FROM kept;

DROP TABLE kept;
-- case: labels are merged
-- expect: undeclared-loss: `a.state`
-- script: table
-- upgrade
CREATE TYPE state AS ENUM ('new', 'open', 'done');

CREATE TABLE a (id integer PRIMARY KEY, state state NOT NULL);
-- downgrade
DROP TABLE a;

DROP TYPE state;
-- script: it
-- upgrade
ALTER TABLE a ALTER COLUMN state TYPE text USING CASE state WHEN 'new' THEN 'open' ELSE state::text END;
-- downgrade
ALTER TABLE a ALTER COLUMN state TYPE state USING state::state;
-- case: documents lose a key
-- expect: undeclared-loss: `a.data`
-- script: table
-- upgrade
CREATE TABLE a (id integer PRIMARY KEY, data jsonb NOT NULL);
-- downgrade
DROP TABLE a;
-- script: it
-- upgrade
UPDATE a SET data = data - 'a' WHERE jsonb_typeof(data) = 'object';
-- downgrade
SELECT 1;
-- case: duplicates are deleted for a unique index
-- expect: undeclared-loss: rows of `a`
-- script: table
-- upgrade
CREATE TABLE a (id integer PRIMARY KEY, name text);
-- downgrade
DROP TABLE a;
-- sample
INSERT INTO a VALUES (1, 'x'), (2, 'x');
-- script: it
-- upgrade
DELETE FROM a USING a b WHERE a.name = b.name AND a.id > b.id;

CREATE UNIQUE INDEX a_name ON a (name);
-- downgrade
DROP INDEX a_name;
-- case: an array keeps its first element
-- expect: undeclared-loss: `a.tags`
-- script: table
-- upgrade
CREATE TABLE a (id integer PRIMARY KEY, tags text[] NOT NULL);

INSERT INTO a VALUES (1, '{x,y}');
-- downgrade
DROP TABLE a;
-- script: it
-- upgrade
ALTER TABLE a ALTER COLUMN tags TYPE text USING tags[1];
-- downgrade
ALTER TABLE a ALTER COLUMN tags TYPE text[] USING ARRAY[tags];
-- case: padding is lost
-- expect: undeclared-loss: `a.code`
-- script: table
-- upgrade
CREATE TABLE a (id integer PRIMARY KEY, code text NOT NULL);

INSERT INTO a VALUES (1, ' x ');
-- downgrade
DROP TABLE a;
-- script: it
-- upgrade
UPDATE a SET code = trim(code);
-- downgrade
SELECT 1;
-- case: rows of a partition go with it
-- expect: undeclared-loss: rows of `p1`
-- script: table
-- upgrade
CREATE TABLE p (day date NOT NULL, n integer) PARTITION BY RANGE (day);

CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2000-01-01') TO ('2100-01-01');
-- downgrade
DROP TABLE p;
-- script: it
-- upgrade
DROP TABLE p1;
-- downgrade
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2000-01-01') TO ('2100-01-01');
-- case: TRUNCATE in a block of code
-- expect: undeclared-loss: rows of `a`
-- script: table
-- upgrade
CREATE TABLE a (code varchar(3) CHECK (code IN ('DE', 'FR')), size integer CHECK (size BETWEEN 100 AND 900));
-- downgrade
DROP TABLE a;
-- script: it
-- upgrade
DO $$ BEGIN TRUNCATE a; END $$;
-- downgrade
SELECT 1;
-- case: nothing is lost by a wider type and a copy
-- expect: nothing
-- script: table
-- upgrade
CREATE TABLE a (id integer PRIMARY KEY, name varchar(20), size integer);
-- downgrade
DROP TABLE a;
-- script: it
-- upgrade
ALTER TABLE a ALTER COLUMN size TYPE bigint;

CREATE TABLE names (id integer PRIMARY KEY REFERENCES a ON DELETE CASCADE, name varchar(20));

INSERT INTO names SELECT id, name FROM a;

ALTER TABLE a DROP COLUMN name;
-- downgrade
ALTER TABLE a ADD COLUMN name varchar(20);

UPDATE a SET name = names.name FROM names WHERE names.id = a.id;

DROP TABLE names;

ALTER TABLE a ALTER COLUMN size TYPE integer;
-- case: nothing is lost by a renamed label
-- expect: nothing
-- script: table
-- upgrade
CREATE TYPE state AS ENUM ('new', 'open');

CREATE TABLE a (id integer PRIMARY KEY, state state NOT NULL);
-- downgrade
DROP TABLE a;

DROP TYPE state;
-- script: it
-- upgrade
ALTER TYPE state RENAME VALUE 'open' TO 'opened';
-- downgrade
ALTER TYPE state RENAME VALUE 'opened' TO 'open';
-- case: nothing is lost by a declared loss
-- expect: nothing
-- script: table
-- upgrade
CREATE SCHEMA s;

CREATE TABLE s.a (id integer PRIMARY KEY, "Name" text);
-- downgrade
DROP TABLE s.a;

DROP SCHEMA s;
-- script: it
-- Loses: s.a."Name"
-- upgrade
ALTER TABLE s.a DROP COLUMN "Name";
-- downgrade
ALTER TABLE s.a ADD COLUMN "Name" text;
-- case: a number with a scale loses half of it
-- expect: undeclared-loss: `t.v`
-- script: table
-- upgrade
CREATE TABLE t (id integer PRIMARY KEY, v numeric(12, 4));
-- downgrade
DROP TABLE t;
-- script: it
-- upgrade
ALTER TABLE t ALTER COLUMN v TYPE numeric(12, 2);
-- downgrade
ALTER TABLE t ALTER COLUMN v TYPE numeric(12, 4);
-- case: the last day of a month becomes another one
-- expect: undeclared-loss: `t.v`
-- script: table
-- upgrade
CREATE TABLE t (id integer PRIMARY KEY, v date NOT NULL);
-- downgrade
DROP TABLE t;
-- script: it
-- upgrade
UPDATE t SET v = v + interval '1 month';
-- downgrade
UPDATE t SET v = v - interval '1 month';
-- case: a rare branch loses a value
-- expect: undeclared-loss: `t.a`
-- script: table
-- upgrade
CREATE TABLE t (id integer PRIMARY KEY, a text);
-- downgrade
DROP TABLE t;
-- script: it
-- upgrade
ALTER TABLE t ADD COLUMN c text;

UPDATE t SET c = CASE a WHEN '€' THEN 'EUR' WHEN '$' THEN 'USD' ELSE a END;

ALTER TABLE t DROP COLUMN a;
-- downgrade
ALTER TABLE t ADD COLUMN a text;

UPDATE t SET a = c;

ALTER TABLE t DROP COLUMN c;
-- case: a function cuts numbers
-- expect: undeclared-loss: `t.v`
-- script: table
-- upgrade
CREATE TABLE t (id integer PRIMARY KEY, v integer);

CREATE FUNCTION cap() RETURNS void LANGUAGE sql AS 'UPDATE t SET v = 77 WHERE v > 77';
-- downgrade
DROP FUNCTION cap();

DROP TABLE t;
-- script: it
-- upgrade
SELECT cap();
-- downgrade
SELECT 1;
-- case: a rebuild keeps the first hundred rows
-- expect: undeclared-loss: `t`
-- script: table
-- upgrade
CREATE TABLE t (id integer PRIMARY KEY, v integer);
-- downgrade
DROP TABLE t;
-- script: it
-- upgrade
CREATE TABLE copy (id integer PRIMARY KEY, v integer);

INSERT INTO copy SELECT * FROM t ORDER BY id LIMIT 100;

DROP TABLE t;

ALTER TABLE copy RENAME TO t;

ALTER INDEX copy_pkey RENAME TO t_pkey;
-- downgrade
SELECT 1;
