-- script: what all cases begin with
-- upgrade
CREATE TABLE users (id integer PRIMARY KEY, name text NOT NULL, email text);

CREATE TABLE photos (id integer PRIMARY KEY, owner integer REFERENCES users, title varchar(20), stars integer);

CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');

CREATE SEQUENCE numbers;

CREATE VIEW titles AS SELECT id, title FROM photos;

CREATE FUNCTION twice(n integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT 2 * n';

CREATE DOMAIN short AS text CHECK (length(VALUE) < 10);

CREATE TYPE pair AS (one integer, other integer);

CREATE SCHEMA side;

CREATE INDEX photos_title ON photos (title);

CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';

CREATE TRIGGER photos_nothing BEFORE UPDATE ON photos FOR EACH ROW EXECUTE FUNCTION nothing();
-- downgrade
DROP TRIGGER photos_nothing ON photos;

DROP FUNCTION nothing();

DROP SCHEMA side;

DROP TYPE pair;

DROP DOMAIN short;

DROP FUNCTION twice(integer);

DROP VIEW titles;

DROP SEQUENCE numbers;

DROP TYPE mood;

DROP TABLE photos;

DROP TABLE users;
-- sample
INSERT INTO users VALUES (1, 'Ada', 'ada@example.org'), (2, 'Bo', NULL);

INSERT INTO photos VALUES (10, 1, 'Sea', 3), (11, 2, 'Hill', NULL);

SELECT nextval('numbers'), nextval('numbers');
