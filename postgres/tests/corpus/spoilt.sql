-- case: a statement that cannot be parsed
-- expect: script-fails: syntax error at or near "TABEL"
-- script: it
-- upgrade
CREATE TABEL more (id integer);
-- downgrade
DROP TABLE more;
-- case: a column that does not exist
-- expect: script-fails: column "titel" does not exist
-- script: it
-- upgrade
CREATE INDEX photos_titel ON photos (titel);
-- downgrade
DROP INDEX photos_titel;
-- case: the downgrade names another table
-- expect: script-fails: table "extras" does not exist
-- script: it
-- upgrade
CREATE TABLE extra (id integer);
-- downgrade
DROP TABLE extras;
-- case: the downgrade forgets the table
-- expect: not-reversed: table public.extra is left behind
-- script: it
-- upgrade
CREATE TABLE extra (id integer);
-- downgrade
-- case: IF NOT EXISTS hides what the downgrade forgets, and the index stays
-- expect: not-reversed: index photos_stars is left behind
-- script: it
-- upgrade
CREATE INDEX IF NOT EXISTS photos_stars ON photos (stars);
-- downgrade
DROP INDEX IF EXISTS photo_stars;
-- case: the length of a column changes
-- expect: not-reversed: column title: type text, expected character varying(20)
-- script: it
-- upgrade
DROP VIEW titles;

ALTER TABLE photos ALTER COLUMN title TYPE text;

CREATE VIEW titles AS SELECT id, title FROM photos;
-- downgrade
SELECT 1;
-- case: the default is not restored
-- expect: not-reversed: column stars: default 1, expected none
-- script: it
-- upgrade
ALTER TABLE photos ALTER COLUMN stars SET DEFAULT 1;
-- downgrade
ALTER TABLE photos ALTER COLUMN stars SET NOT NULL, ALTER COLUMN stars DROP NOT NULL;
-- case: NOT NULL stays
-- expect: not-reversed: column email: not null yes, expected no
-- script: it
-- upgrade
UPDATE users SET email = '' WHERE email IS NULL;

ALTER TABLE users ALTER COLUMN email SET NOT NULL;
-- downgrade
UPDATE users SET email = NULL WHERE email = '' AND false;
-- case: the foreign key comes back with another action
-- expect: not-reversed: constraint photos_owner_fkey: definition
-- script: it
-- upgrade
ALTER TABLE photos DROP CONSTRAINT photos_owner_fkey;
-- downgrade
ALTER TABLE photos ADD FOREIGN KEY (owner) REFERENCES users ON DELETE CASCADE;
-- case: the check comes back without validation
-- expect: not-reversed: constraint photos_stars_check
-- script: it
-- upgrade
ALTER TABLE photos ADD CHECK (stars > 0);
-- downgrade
ALTER TABLE photos DROP CONSTRAINT photos_stars_check;

ALTER TABLE photos ADD CHECK (stars > 0) NOT VALID;
-- case: the index comes back on another column
-- expect: not-reversed: index photos_title: definition
-- script: it
-- upgrade
DROP INDEX photos_title;
-- downgrade
CREATE INDEX photos_title ON photos (stars);
-- case: the view comes back with other rows
-- expect: not-reversed: view public.titles: definition
-- script: it
-- upgrade
DROP VIEW titles;
-- downgrade
CREATE VIEW titles AS SELECT id, title FROM photos WHERE stars > 0;
-- case: the function comes back as volatile
-- expect: not-reversed: function public.twice(n integer): definition
-- script: it
-- upgrade
DROP FUNCTION twice(integer);
-- downgrade
CREATE FUNCTION twice(n integer) RETURNS integer LANGUAGE sql AS 'SELECT 2 * n';
-- case: a label stays in the enum
-- expect: not-reversed: enum public.mood: labels
-- script: it
-- upgrade
ALTER TYPE mood ADD VALUE 'great';
-- downgrade
-- case: the labels come back in another order
-- expect: not-reversed: enum public.mood: labels
-- script: it
-- upgrade
DROP TYPE mood;
-- downgrade
CREATE TYPE mood AS ENUM ('happy', 'ok', 'sad');
-- case: the domain loses its check
-- expect: not-reversed: domain public.short: constraint short_check is missing
-- script: it
-- upgrade
ALTER DOMAIN short DROP CONSTRAINT short_check;
-- downgrade
-- case: an attribute stays in the composite type
-- expect: not-reversed: composite type public.pair: attributes
-- script: it
-- upgrade
ALTER TYPE pair ADD ATTRIBUTE third integer;
-- downgrade
ALTER TYPE pair RENAME ATTRIBUTE third TO fourth;
-- case: the increment of the sequence stays
-- expect: not-reversed: sequence public.numbers: increment 2, expected 1
-- script: it
-- upgrade
ALTER SEQUENCE numbers INCREMENT 2;
-- downgrade
ALTER SEQUENCE numbers RESTART;
-- case: the trigger stays disabled
-- expect: not-reversed: trigger photos_nothing: enabled no, expected yes
-- script: it
-- upgrade
ALTER TABLE photos DISABLE TRIGGER photos_nothing;
-- downgrade
-- case: row security stays enabled
-- expect: not-reversed: table public.photos: row security yes, expected no
-- script: it
-- upgrade
ALTER TABLE photos ENABLE ROW LEVEL SECURITY;

CREATE POLICY everyone ON photos USING (true);
-- downgrade
DROP POLICY everyone ON photos;
-- case: the policy stays
-- expect: not-reversed: policy everyone is left behind
-- script: it
-- upgrade
CREATE POLICY everyone ON photos USING (true);
-- downgrade
ALTER POLICY everyone ON photos USING (false);
-- case: a privilege stays
-- expect: not-reversed: table public.users: privileges
-- script: it
-- upgrade
GRANT SELECT, INSERT ON users TO PUBLIC;
-- downgrade
REVOKE INSERT ON users FROM PUBLIC;
-- case: a privilege on a column stays
-- expect: not-reversed: column name: privileges PUBLIC UPDATE
-- script: it
-- upgrade
GRANT UPDATE (name) ON users TO PUBLIC;
-- downgrade
-- case: default privileges stay
-- expect: not-reversed: default privileges owner on r in side is left behind
-- script: it
-- upgrade
ALTER DEFAULT PRIVILEGES IN SCHEMA side GRANT SELECT ON TABLES TO PUBLIC;
-- downgrade
-- case: a comment stays
-- expect: not-reversed: column title: comment
-- script: it
-- upgrade
COMMENT ON COLUMN photos.title IS 'what it shows';
-- downgrade
COMMENT ON TABLE photos IS NULL;
-- case: an extension stays
-- expect: not-reversed: extension pg_trgm is left behind
-- script: it
-- upgrade
CREATE EXTENSION pg_trgm;
-- downgrade
-- case: a collation stays
-- expect: not-reversed: collation public.german is left behind
-- script: it
-- upgrade
CREATE COLLATION german (provider = icu, locale = 'de');
-- downgrade
-- case: statistics stay
-- expect: not-reversed: statistics public.more is left behind
-- script: it
-- upgrade
CREATE STATISTICS more ON owner, stars FROM photos;
-- downgrade
ALTER STATISTICS more SET STATISTICS 10;
-- case: a rule stays
-- expect: not-reversed: rule ignored is left behind
-- script: it
-- upgrade
CREATE RULE ignored AS ON DELETE TO users DO INSTEAD NOTHING;
-- downgrade
ALTER TABLE users DISABLE RULE ignored;
-- case: a partition is forgotten
-- expect: not-reversed: table public.old is left behind
-- script: it
-- upgrade
CREATE TABLE days (day date) PARTITION BY RANGE (day);

CREATE TABLE old PARTITION OF days FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
-- downgrade
ALTER TABLE days DETACH PARTITION old;

DROP TABLE days;
-- case: a materialized view stays
-- expect: not-reversed: materialized view public.counted is left behind
-- script: it
-- upgrade
CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM photos;
-- downgrade
REFRESH MATERIALIZED VIEW counted;
-- case: a range type stays
-- expect: not-reversed: range type public.spans is left behind
-- script: it
-- upgrade
CREATE TYPE spans AS RANGE (subtype = text);
-- downgrade
-- case: an event trigger stays
-- expect: not-reversed: event trigger watching is left behind
-- script: it
-- upgrade
CREATE FUNCTION watching() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';

CREATE EVENT TRIGGER watching ON sql_drop EXECUTE FUNCTION watching();
-- downgrade
-- case: a foreign server stays
-- expect: not-reversed: server away is left behind
-- script: it
-- upgrade
CREATE FOREIGN DATA WRAPPER none;

CREATE SERVER away FOREIGN DATA WRAPPER none;
-- downgrade
-- case: storage options stay
-- expect: not-reversed: table public.photos: options fillfactor=70, expected none
-- script: it
-- upgrade
ALTER TABLE photos SET (fillfactor = 70);
-- downgrade
-- case: an aggregate comes back with another function
-- expect: not-repeated: aggregate public.total(integer)
-- script: it
-- upgrade
DO $$
BEGIN
  IF obj_description('side'::regnamespace) IS NULL AND NOT EXISTS (SELECT FROM pg_class WHERE relname = 'numbers' AND pg_sequence_last_value(oid) > 0) THEN
    CREATE AGGREGATE total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0');
  ELSE
    CREATE AGGREGATE total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '1');
  END IF;
END $$;
-- downgrade
DROP AGGREGATE total(integer);

SELECT nextval('numbers');
-- case: the second upgrade fails
-- expect: upgrade-fails-again: duplicate key value
-- script: it
-- upgrade
INSERT INTO users VALUES (77, 'Cy');
-- downgrade
SELECT 'the row stays';
-- case: a deferred constraint fails at the commit
-- expect: script-fails: violates foreign key constraint
-- script: it
-- upgrade
CREATE TABLE parts (id integer PRIMARY KEY, whole integer REFERENCES parts DEFERRABLE INITIALLY DEFERRED);

INSERT INTO parts VALUES (1, 2);
-- downgrade
DROP TABLE parts;
-- case: a temporary table remains
-- expect: temporary-object: leftover
-- script: it
-- upgrade
CREATE TEMPORARY TABLE leftover AS SELECT 1 AS one;

CREATE TABLE kept AS SELECT * FROM leftover;
-- downgrade
DROP TABLE kept;
-- case: a setting of the session remains
-- expect: changes-settings: search_path = side
-- script: it
-- upgrade
SET search_path = side;

CREATE TABLE inside (id integer);
-- downgrade
DROP TABLE side.inside;
-- case: the upgrade creates a role
-- expect: changes-server: role aludel_test_reader is new
-- script: it
-- upgrade
CREATE ROLE aludel_test_reader;
-- downgrade
DROP ROLE aludel_test_reader;
-- case: a row that a later script leaves makes an earlier downgrade fail
-- expect: fails-from-head: contains null values
-- script: first
-- upgrade
CREATE TABLE tags (name text NOT NULL);

ALTER TABLE tags ALTER COLUMN name DROP NOT NULL;
-- downgrade
ALTER TABLE tags ALTER COLUMN name SET NOT NULL;

DROP TABLE tags;
-- script: second
-- upgrade
INSERT INTO tags VALUES (NULL);
-- downgrade
SELECT 'the row stays';
-- case: a part of a script that runs alone fails
-- expect: script-fails: column "starz" does not exist
-- script: it
-- Outside Transaction: CREATE INDEX CONCURRENTLY runs alone
-- upgrade
CREATE INDEX CONCURRENTLY photos_starz ON photos (starz);
-- downgrade
DROP INDEX CONCURRENTLY photos_starz;
-- case: a table is dropped, and its rows with it
-- expect: undeclared-loss: rows of `photos`
-- script: it
-- upgrade
DROP VIEW titles;

DROP TABLE photos;
-- downgrade
CREATE TABLE photos (id integer PRIMARY KEY, owner integer REFERENCES users, title varchar(20), stars integer);

CREATE INDEX photos_title ON photos (title);

CREATE TRIGGER photos_nothing BEFORE UPDATE ON photos FOR EACH ROW EXECUTE FUNCTION nothing();

CREATE VIEW titles AS SELECT id, title FROM photos;
-- case: a column is dropped, and its values with it
-- expect: undeclared-loss: `users.email`
-- script: it
-- upgrade
ALTER TABLE users DROP COLUMN email;
-- downgrade
ALTER TABLE users ADD COLUMN email text;
-- case: values are shortened
-- expect: undeclared-loss: `photos.title`
-- script: it
-- upgrade
UPDATE photos SET title = left(title, 2);
-- downgrade
SELECT 'not to be restored';
-- case: another loss is declared
-- expect: undeclared-loss: `users.email`
-- script: it
-- Loses: users.name
-- upgrade
ALTER TABLE users DROP COLUMN email;
-- downgrade
ALTER TABLE users ADD COLUMN email text;
-- case: a loss is declared that does not happen
-- expect: declared-but-kept: `photos.title`
-- script: it
-- Loses: photos.title
-- upgrade
ALTER TABLE photos ADD COLUMN more text;
-- downgrade
ALTER TABLE photos DROP COLUMN more;
-- case: a loss is declared of what does not exist
-- expect: unknown-loss: `photos.titel`
-- script: it
-- Loses: photos.titel
-- upgrade
ALTER TABLE photos ADD COLUMN more text;
-- downgrade
ALTER TABLE photos DROP COLUMN more;
-- case: NOT NULL on a column with NULL
-- expect: fails-with-rows: contains null values
-- script: it
-- upgrade
ALTER TABLE users ALTER COLUMN email SET NOT NULL;
-- downgrade
ALTER TABLE users ALTER COLUMN email DROP NOT NULL;
-- case: a new column without a default
-- expect: fails-with-rows: contains null values
-- script: it
-- upgrade
ALTER TABLE users ADD COLUMN born date NOT NULL;
-- downgrade
ALTER TABLE users DROP COLUMN born;
-- case: the downgrade does not fit rows that came later
-- expect: downgrade-fails-with-rows: value too long
-- script: it
-- upgrade
DROP VIEW titles;

ALTER TABLE photos ALTER COLUMN title TYPE text;

CREATE VIEW titles AS SELECT id, title FROM photos;
-- downgrade
DROP VIEW titles;

ALTER TABLE photos ALTER COLUMN title TYPE varchar(20);

CREATE VIEW titles AS SELECT id, title FROM photos;
-- sample
INSERT INTO photos VALUES (20, 1, 'a title that is longer than twenty characters', 5);
-- case: rows are left behind
-- expect: rows-left-behind: `users`
-- script: it
-- upgrade
INSERT INTO users SELECT 88, 'Di' WHERE NOT EXISTS (SELECT FROM users WHERE id = 88);
-- downgrade
SELECT 'the row stays';
-- case: the downgrade deletes more than the upgrade inserted
-- expect: undeclared-loss: rows of `users`
-- script: it
-- upgrade
INSERT INTO users VALUES (99, 'Ed');
-- downgrade
DELETE FROM photos WHERE owner = 2;

DELETE FROM users WHERE id IN (2, 99);
-- case: a sequence starts again
-- expect: counter-falls-back: `numbers`
-- script: it
-- upgrade
DROP SEQUENCE numbers;
-- downgrade
CREATE SEQUENCE numbers;
-- case: the rows that a declared loss leaves are refused
-- expect: upgrade-fails-again: check constraint "email_set"
-- script: it
-- Loses: users.email
-- upgrade
ALTER TABLE users ADD CONSTRAINT email_set CHECK (email <> '');
-- downgrade
ALTER TABLE users DROP CONSTRAINT email_set;

UPDATE users SET email = '';
-- case: the sample does not fit
-- expect: sample-fails: null value in column "name"
-- script: it
-- upgrade
CREATE TABLE more (name text NOT NULL);
-- downgrade
DROP TABLE more;
-- sample
INSERT INTO more VALUES (NULL);
-- case: the owner of a table stays another one
-- expect: not-reversed: table public.photos: owner pg_monitor, expected none
-- script: it
-- upgrade
ALTER TABLE photos OWNER TO pg_monitor;
-- downgrade
ALTER TABLE photos DISABLE ROW LEVEL SECURITY;
-- case: the trigger function comes back, but the trigger of another table
-- expect: not-reversed: table public.users: trigger photos_nothing is left behind
-- script: it
-- upgrade
DROP TRIGGER photos_nothing ON photos;
-- downgrade
CREATE TRIGGER photos_nothing BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION nothing();
-- case: an exclusion constraint comes back without its condition
-- expect: not-reversed: constraint no_overlap: definition
-- script: table
-- upgrade
CREATE TABLE bookings (during tsrange, note text, CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&) WHERE (note IS NULL));
-- downgrade
DROP TABLE bookings;
-- script: it
-- upgrade
ALTER TABLE bookings DROP CONSTRAINT no_overlap;
-- downgrade
ALTER TABLE bookings ADD CONSTRAINT no_overlap EXCLUDE USING gist (during WITH &&);
-- case: an identity column stays BY DEFAULT
-- expect: not-reversed: column id: identity by default, expected always
-- script: table
-- upgrade
CREATE TABLE a (id integer GENERATED ALWAYS AS IDENTITY);
-- downgrade
DROP TABLE a;
-- script: it
-- upgrade
ALTER TABLE a ALTER COLUMN id SET GENERATED BY DEFAULT;
-- downgrade
ALTER TABLE a ALTER COLUMN id RESTART;
-- case: an identity column starts again
-- expect: counter-falls-back: `a_id_seq`
-- script: table
-- upgrade
CREATE TABLE a (id integer GENERATED ALWAYS AS IDENTITY, name text);
-- downgrade
DROP TABLE a;
-- script: it
-- upgrade
ALTER TABLE a ALTER COLUMN id DROP IDENTITY;
-- downgrade
ALTER TABLE a ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY;
-- case: a generated column comes back with another expression
-- expect: not-reversed: column upper: generated
-- script: table
-- upgrade
CREATE TABLE a (name text, upper text GENERATED ALWAYS AS (upper(name)) STORED);
-- downgrade
DROP TABLE a;
-- script: it
-- upgrade
ALTER TABLE a DROP COLUMN upper;
-- downgrade
ALTER TABLE a ADD COLUMN upper text GENERATED ALWAYS AS (initcap(name)) STORED;
-- case: a domain stays NOT NULL
-- expect: not-reversed: domain public.short: not null yes, expected no
-- script: it
-- upgrade
ALTER DOMAIN short SET NOT NULL;
-- downgrade
ALTER DOMAIN short DROP DEFAULT;
-- case: the constraint of a domain comes back without validation
-- expect: not-reversed: domain public.short: constraint short_check: definition
-- script: it
-- upgrade
ALTER DOMAIN short DROP CONSTRAINT short_check;
-- downgrade
ALTER DOMAIN short ADD CONSTRAINT short_check CHECK (length(VALUE) < 10) NOT VALID;
-- case: the constraint of a domain loses its comment
-- expect: not-reversed: domain public.short: constraint short_check: comment
-- script: comment
-- upgrade
COMMENT ON CONSTRAINT short_check ON DOMAIN short IS 'for labels';
-- downgrade
COMMENT ON CONSTRAINT short_check ON DOMAIN short IS NULL;
-- script: it
-- upgrade
COMMENT ON CONSTRAINT short_check ON DOMAIN short IS 'for titles';
-- downgrade
SELECT 1;
-- case: a policy is for other roles
-- expect: not-reversed: policy own: roles pg_monitor, expected PUBLIC
-- script: policy
-- upgrade
CREATE POLICY own ON users USING (id > 0);
-- downgrade
DROP POLICY own ON users;
-- script: it
-- upgrade
DROP POLICY own ON users;
-- downgrade
CREATE POLICY own ON users TO pg_monitor USING (id > 0);
-- case: a policy comes back as a restrictive one
-- expect: not-reversed: policy own: permissive no, expected yes
-- script: policy
-- upgrade
CREATE POLICY own ON users USING (id > 0);
-- downgrade
DROP POLICY own ON users;
-- script: it
-- upgrade
DROP POLICY own ON users;
-- downgrade
CREATE POLICY own ON users AS RESTRICTIVE USING (id > 0);
-- case: row security stays forced
-- expect: not-reversed: table public.users: forced row security yes, expected no
-- script: it
-- upgrade
ALTER TABLE users FORCE ROW LEVEL SECURITY;
-- downgrade
ALTER TABLE users DISABLE ROW LEVEL SECURITY;
-- case: a partition comes back with another bound
-- expect: not-reversed: table public.p1: partition bound
-- script: table
-- upgrade
CREATE TABLE p (n integer) PARTITION BY RANGE (n);

CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
-- downgrade
DROP TABLE p;
-- script: it
-- upgrade
ALTER TABLE p DETACH PARTITION p1;
-- downgrade
ALTER TABLE p ATTACH PARTITION p1 FOR VALUES FROM (0) TO (100);
-- case: an index of a partitioned table stays without its partition
-- expect: not-reversed: index p_n
-- script: table
-- upgrade
CREATE TABLE p (n integer) PARTITION BY RANGE (n);

CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);

CREATE INDEX p_n ON p (n);
-- downgrade
DROP TABLE p;
-- script: it
-- upgrade
DROP INDEX p_n;
-- downgrade
CREATE INDEX p1_n_idx ON p1 (n);

CREATE INDEX p_n ON ONLY p (n);
-- case: a materialized view comes back without data
-- expect: not-reversed: materialized view public.counted: populated no, expected yes
-- script: view
-- upgrade
CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM users;
-- downgrade
DROP MATERIALIZED VIEW counted;
-- script: it
-- upgrade
DROP MATERIALIZED VIEW counted;
-- downgrade
CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM users WITH NO DATA;
-- case: a materialized view comes back without its index
-- expect: not-reversed: materialized view public.counted: index counted_n is missing
-- script: view
-- upgrade
CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM users;

CREATE INDEX counted_n ON counted (n);
-- downgrade
DROP MATERIALIZED VIEW counted;
-- script: it
-- upgrade
DROP MATERIALIZED VIEW counted;
-- downgrade
CREATE MATERIALIZED VIEW counted AS SELECT count(*) AS n FROM users;
-- case: the body of a function that begins at once stays
-- expect: not-reversed: function public.named(n integer): definition
-- script: function
-- upgrade
CREATE FUNCTION named(n integer) RETURNS text LANGUAGE sql
BEGIN ATOMIC
  SELECT name FROM users WHERE id = n;
END;
-- downgrade
DROP FUNCTION named;
-- script: it
-- upgrade
CREATE OR REPLACE FUNCTION named(n integer) RETURNS text LANGUAGE sql
BEGIN ATOMIC
  SELECT coalesce(name, 'nobody') FROM users WHERE id = n;
END;
-- downgrade
SELECT 1;
-- case: a function stays SECURITY DEFINER
-- expect: not-reversed: function public.twice(n integer): definition
-- script: it
-- upgrade
ALTER FUNCTION twice(integer) SECURITY DEFINER SET search_path = public;
-- downgrade
ALTER FUNCTION twice(integer) SECURITY INVOKER;
-- case: a trigger fires in every session
-- expect: not-reversed: trigger photos_nothing: enabled always, expected yes
-- script: it
-- upgrade
ALTER TABLE photos ENABLE ALWAYS TRIGGER photos_nothing;
-- downgrade
ALTER TABLE photos DISABLE TRIGGER photos_nothing;

ALTER TABLE photos ENABLE ALWAYS TRIGGER photos_nothing;
-- case: a trigger comes back for other events
-- expect: not-reversed: trigger photos_nothing: definition
-- script: it
-- upgrade
DROP TRIGGER photos_nothing ON photos;
-- downgrade
CREATE TRIGGER photos_nothing BEFORE INSERT OR UPDATE ON photos FOR EACH ROW EXECUTE FUNCTION nothing();
-- case: a grant option stays
-- expect: not-reversed: table public.users: privileges
-- script: grant
-- upgrade
GRANT SELECT ON users TO pg_monitor;
-- downgrade
REVOKE SELECT ON users FROM pg_monitor;
-- script: it
-- upgrade
GRANT SELECT ON users TO pg_monitor WITH GRANT OPTION;
-- downgrade
GRANT SELECT ON users TO pg_monitor;
-- case: privileges on a sequence, and those on a type
-- expect: not-reversed: domain public.short: privileges
-- script: it
-- upgrade
GRANT USAGE ON SEQUENCE numbers TO PUBLIC;

REVOKE USAGE ON DOMAIN short FROM PUBLIC;
-- downgrade
REVOKE USAGE ON SEQUENCE numbers FROM PUBLIC;
-- case: a privilege on a schema stays
-- expect: not-reversed: schema side: privileges
-- script: it
-- upgrade
GRANT USAGE ON SCHEMA side TO PUBLIC;
-- downgrade
-- case: a comment on an extension stays
-- expect: not-reversed: extension pg_trgm: comment
-- script: extension
-- upgrade
CREATE EXTENSION pg_trgm;
-- downgrade
DROP EXTENSION pg_trgm;
-- script: it
-- upgrade
COMMENT ON EXTENSION pg_trgm IS 'for the search';
-- downgrade
-- case: a comment on a trigger stays
-- expect: not-reversed: trigger photos_nothing: comment
-- script: it
-- upgrade
COMMENT ON TRIGGER photos_nothing ON photos IS 'does nothing';
-- downgrade
-- case: a comment on the key of a table stays
-- expect: not-reversed: constraint users_pkey: comment
-- script: it
-- upgrade
COMMENT ON CONSTRAINT users_pkey ON users IS 'numbers';
-- downgrade
COMMENT ON CONSTRAINT users_pkey ON users IS '';

COMMENT ON CONSTRAINT users_pkey ON users IS 'number';
-- case: another index identifies the rows for replication
-- expect: not-reversed: users_pkey
-- script: it
-- upgrade
ALTER TABLE users REPLICA IDENTITY USING INDEX users_pkey;
-- downgrade
CREATE TABLE more (id integer);

DROP TABLE more;
-- case: the key of a table comes back, but not as the one for replication
-- expect: not-reversed: constraint users_pkey
-- script: first
-- upgrade
ALTER TABLE users ADD CONSTRAINT users_id UNIQUE (id), REPLICA IDENTITY USING INDEX users_pkey;
-- downgrade
ALTER TABLE users REPLICA IDENTITY DEFAULT, DROP CONSTRAINT users_id;
-- script: it
-- upgrade
ALTER TABLE users REPLICA IDENTITY USING INDEX users_id;
-- downgrade
ALTER TABLE users CLUSTER ON users_pkey;

ALTER TABLE users SET WITHOUT CLUSTER;
-- case: a table stays clustered by its key
-- expect: not-reversed: constraint users_pkey: clustered yes, expected none
-- script: it
-- upgrade
ALTER TABLE users CLUSTER ON users_pkey;
-- downgrade
-- case: a collation stays
-- expect: not-reversed: column name: collation
-- script: it
-- upgrade
ALTER TABLE users ALTER COLUMN name TYPE text COLLATE "C";
-- downgrade
ALTER TABLE users ALTER COLUMN name TYPE text COLLATE "POSIX";
-- case: an element stays in arrays
-- expect: undeclared-loss: `a.tags`
-- script: table
-- upgrade
CREATE TABLE a (id integer PRIMARY KEY, tags text[] NOT NULL DEFAULT '{}');
-- downgrade
DROP TABLE a;
-- script: it
-- upgrade
UPDATE a SET tags = array_append(tags, 'new');
-- downgrade
UPDATE a SET tags = tags[2:];
-- case: bounds of a range are lost
-- expect: undeclared-loss: `a.size`
-- script: table
-- upgrade
CREATE TABLE a (id integer PRIMARY KEY, size numrange NOT NULL CHECK (NOT isempty(size)));
-- downgrade
DROP TABLE a;
-- sample
INSERT INTO a VALUES (1, '[1,2]'), (2, '[1,2)');
-- script: it
-- upgrade
ALTER TABLE a ADD COLUMN low numeric, ADD COLUMN high numeric;

UPDATE a SET low = lower(size), high = upper(size);

ALTER TABLE a DROP COLUMN size;
-- downgrade
ALTER TABLE a ADD COLUMN size numrange CHECK (NOT isempty(size));

UPDATE a SET size = numrange(low, high);

ALTER TABLE a ALTER COLUMN size SET NOT NULL, DROP COLUMN low, DROP COLUMN high;
-- case: documents lose duplicate keys and their order
-- expect: undeclared-loss: `a.data`
-- script: table
-- upgrade
CREATE TABLE a (id integer PRIMARY KEY, data json);
-- downgrade
DROP TABLE a;
-- script: it
-- upgrade
ALTER TABLE a ALTER COLUMN data TYPE jsonb;
-- downgrade
ALTER TABLE a ALTER COLUMN data TYPE json;
-- case: numbers lose digits
-- expect: undeclared-loss: `a.amount`
-- script: table
-- upgrade
CREATE TABLE a (id integer PRIMARY KEY, amount numeric NOT NULL);
-- downgrade
DROP TABLE a;
-- script: it
-- upgrade
ALTER TABLE a ALTER COLUMN amount TYPE double precision;
-- downgrade
ALTER TABLE a ALTER COLUMN amount TYPE numeric;
-- case: the value of a key in documents is overwritten
-- expect: undeclared-loss: `a.data`
-- script: table
-- upgrade
CREATE TABLE a (id integer PRIMARY KEY, data jsonb NOT NULL);
-- downgrade
DROP TABLE a;
-- script: it
-- upgrade
UPDATE a SET data = jsonb_set(data, '{state}', '"new"') WHERE data ->> 'state' = 'old';
-- downgrade
SELECT 1;
-- case: ON CONFLICT overwrites a row
-- expect: undeclared-loss: `users.name`
-- script: it
-- upgrade
INSERT INTO users SELECT id, 'Anybody' FROM users WHERE email IS NULL ON CONFLICT (id) DO UPDATE SET name = excluded.name;
-- downgrade
SELECT 1;
-- case: MERGE deletes rows
-- expect: undeclared-loss: rows of `a`
-- script: table
-- upgrade
CREATE TABLE a (id integer PRIMARY KEY, state text);
-- downgrade
DROP TABLE a;
-- script: it
-- upgrade
MERGE INTO a USING (VALUES ('spam')) AS bad (state) ON a.state = bad.state WHEN MATCHED THEN DELETE;
-- downgrade
SELECT 1;
-- case: a CTE that writes deletes rows
-- expect: undeclared-loss: rows of `a`
-- script: table
-- upgrade
CREATE TABLE a (id integer PRIMARY KEY, day date NOT NULL);

CREATE TABLE old (number bigint);
-- downgrade
DROP TABLE old, a;
-- script: it
-- upgrade
WITH gone AS (DELETE FROM a WHERE day < '1990-05-01' RETURNING id) INSERT INTO old SELECT count(*) FROM gone;
-- downgrade
DELETE FROM old;
-- case: values come from another table
-- expect: undeclared-loss: `a.title`
-- script: table
-- upgrade
CREATE TABLE a (id integer PRIMARY KEY, owner integer NOT NULL REFERENCES users, title text NOT NULL, stars integer);
-- downgrade
DROP TABLE a;
-- script: it
-- upgrade
UPDATE a SET title = users.name FROM users WHERE users.id = a.owner AND a.stars > 40;
-- downgrade
SELECT 1;
-- case: rows that another table names are deleted
-- expect: undeclared-loss: rows of `a`
-- script: table
-- upgrade
CREATE TABLE a (id integer PRIMARY KEY, name text);

CREATE TABLE blocked (name text PRIMARY KEY, since date);
-- downgrade
DROP TABLE blocked, a;
-- script: it
-- upgrade
DELETE FROM a USING blocked WHERE a.name = blocked.name AND blocked.since < '2001-01-01';
-- downgrade
SELECT 1;
-- case: rows of one state are deleted
-- expect: undeclared-loss: rows of `orders`
-- script: table
-- upgrade
CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, state text NOT NULL, total numeric(10, 2) NOT NULL DEFAULT 0, paid timestamptz);
-- downgrade
DROP TABLE orders;
-- script: it
-- upgrade
DELETE FROM orders WHERE state = 'draft' AND total = 0 AND paid IS NULL;
-- downgrade
SELECT 1;
-- case: foreign keys are no longer enforced
-- expect: not-reversed: disabled triggers
-- script: table
-- upgrade
CREATE TABLE a (id integer PRIMARY KEY, owner integer REFERENCES users);
-- downgrade
DROP TABLE a;
-- script: it
-- upgrade
ALTER TABLE a DISABLE TRIGGER ALL;

ALTER TABLE a ADD COLUMN b integer;
-- downgrade
ALTER TABLE a DROP COLUMN b;
-- case: an option of the TOAST table stays
-- expect: not-reversed: toast.autovacuum_enabled
-- script: table
-- upgrade
CREATE TABLE a (id integer PRIMARY KEY, t text);
-- downgrade
DROP TABLE a;
-- script: it
-- upgrade
ALTER TABLE a SET (toast.autovacuum_enabled = false);
-- downgrade
-- nothing to do
-- case: the comment on the index of a constraint is lost
-- expect: not-reversed: of its index
-- script: table
-- upgrade
CREATE TABLE a (id integer PRIMARY KEY);
-- downgrade
DROP TABLE a;
-- script: it
-- upgrade
COMMENT ON INDEX a_pkey IS 'a key';
-- downgrade
-- nothing to do
-- case: a deferred check is pending in the next script
-- expect: fails-in-one-run: pending trigger events
-- script: table
-- upgrade
CREATE TABLE a (id integer PRIMARY KEY);

CREATE TABLE b (id integer PRIMARY KEY, a integer REFERENCES a DEFERRABLE INITIALLY DEFERRED);
-- downgrade
DROP TABLE b, a;
-- script: rows
-- upgrade
INSERT INTO a VALUES (1);

INSERT INTO b VALUES (1, 1);
-- downgrade
DELETE FROM b WHERE id = 1;

DELETE FROM a WHERE id = 1;

SET CONSTRAINTS ALL IMMEDIATE;
-- script: it
-- upgrade
ALTER TABLE b ADD COLUMN c integer;
-- downgrade
ALTER TABLE b DROP COLUMN c;
-- case: two scripts create the same temporary table
-- expect: fails-in-one-run: already exists
-- script: first
-- upgrade
CREATE TEMP TABLE pairs ON COMMIT DROP AS SELECT 1 AS a;

CREATE TABLE a AS SELECT * FROM pairs;
-- downgrade
DROP TABLE a;
-- script: it
-- upgrade
CREATE TEMP TABLE pairs ON COMMIT DROP AS SELECT 2 AS a;

CREATE TABLE b AS SELECT * FROM pairs;
-- downgrade
DROP TABLE b;
