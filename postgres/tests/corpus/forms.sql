-- script: tables
-- upgrade
CREATE TYPE mood AS ENUM ('sad', 'ok', 'happy');

CREATE TABLE photos_a (id integer PRIMARY KEY, state text NOT NULL);

CREATE TABLE photos_b (id integer PRIMARY KEY, state text, size integer);

CREATE TABLE photos_c (id integer PRIMARY KEY, title text);

CREATE TABLE photos_d (id integer PRIMARY KEY, title varchar(30) NOT NULL);

CREATE TABLE photos_e (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text);

CREATE TABLE photos_f (id serial PRIMARY KEY, name text);

CREATE TABLE photos_g (id integer PRIMARY KEY, at timestamptz NOT NULL);

CREATE TABLE photos_h (id integer PRIMARY KEY, at date);

CREATE TABLE photos_i (id integer PRIMARY KEY, data jsonb NOT NULL);

CREATE TABLE photos_j (id integer PRIMARY KEY, data jsonb);

CREATE TABLE photos_k (id integer PRIMARY KEY, data jsonb);

CREATE TABLE photos_l (id integer PRIMARY KEY, data jsonb);

CREATE TABLE photos_m (id integer PRIMARY KEY, data jsonb);

CREATE TABLE photos_n (id integer PRIMARY KEY, tags text[] NOT NULL);

CREATE TABLE photos_o (id integer PRIMARY KEY, tags text[]);

CREATE TABLE photos_p (id integer PRIMARY KEY, numbers integer[]);

CREATE TABLE photos_q (id integer PRIMARY KEY, during daterange);

CREATE TABLE photos_r (id integer PRIMARY KEY, during tstzrange NOT NULL);

CREATE TABLE photos_s (id integer PRIMARY KEY, price numeric(10, 2) NOT NULL CHECK (price >= 0));

CREATE TABLE photos_t (id integer PRIMARY KEY, is_public boolean NOT NULL DEFAULT false, owner text);

CREATE TABLE photos_u (id uuid PRIMARY KEY, name text);

CREATE TABLE photos_v (id integer PRIMARY KEY, mood mood NOT NULL, note text);

CREATE TABLE photos_w (id integer PRIMARY KEY, host inet);

CREATE TABLE photos_x (id integer PRIMARY KEY, email text NOT NULL UNIQUE);

CREATE TABLE photos_y (id integer PRIMARY KEY, code text CHECK (code ~ '^[A-Z]{2}[0-9]+$'));

CREATE TABLE albums_a (id integer PRIMARY KEY, name text NOT NULL);

CREATE TABLE items_a (id integer PRIMARY KEY, album integer NOT NULL REFERENCES albums_a, rank integer);

CREATE TABLE albums_b (id integer PRIMARY KEY, name text);

CREATE TABLE items_b (id integer PRIMARY KEY, album integer REFERENCES albums_b);

CREATE TABLE albums_c (id integer PRIMARY KEY, name text);

CREATE TABLE items_c (id integer PRIMARY KEY, album integer);

CREATE TABLE albums_d (id integer PRIMARY KEY, name text);

CREATE TABLE items_d (id integer PRIMARY KEY, album integer);

CREATE TABLE names_a (id integer PRIMARY KEY, name text);

CREATE TABLE names_b (id integer PRIMARY KEY, name text, n integer);

CREATE TABLE names_c (id integer PRIMARY KEY, name text, n integer);

CREATE TABLE names_d (id integer PRIMARY KEY, name text NOT NULL, state text NOT NULL DEFAULT 'on');

CREATE TABLE names_e (id integer PRIMARY KEY, name text, state text);

CREATE TABLE kept_e (id integer, name text);

CREATE TABLE names_f (name text PRIMARY KEY, n integer);

CREATE TABLE names_g (id integer PRIMARY KEY, first text, last text);

CREATE TABLE names_h (id integer PRIMARY KEY, name text COLLATE "C");

CREATE TABLE names_i (id integer PRIMARY KEY, wait interval);

CREATE TABLE names_j (id integer PRIMARY KEY, path text NOT NULL, depth integer GENERATED ALWAYS AS (length(path)) STORED);

CREATE TABLE names_k (id integer PRIMARY KEY, bits bit(4), secret bytea);

CREATE TABLE names_l (id integer PRIMARY KEY, name text, n integer);

CREATE TABLE names_m (id integer PRIMARY KEY, name text, body text);

CREATE TABLE days_a (day date NOT NULL, n integer) PARTITION BY RANGE (day);

CREATE TABLE days_a1 PARTITION OF days_a FOR VALUES FROM ('2000-01-01') TO ('2010-01-01');

CREATE TABLE users_z (id integer PRIMARY KEY, role text NOT NULL CHECK (role IN ('user', 'admin', 'guest')), seen timestamptz);
-- downgrade
SELECT 1;
-- script: form 1
-- upgrade
DELETE FROM photos_a WHERE state = 'draft';
-- downgrade
SELECT 1;
-- script: form 2
-- upgrade
UPDATE photos_b SET size = 0 WHERE state = 'new' AND size > 900;
-- downgrade
SELECT 1;
-- script: form 3
-- upgrade
UPDATE photos_c SET title = 'x' WHERE title LIKE 'holiday%';
-- downgrade
SELECT 1;
-- script: form 4
-- upgrade
DELETE FROM photos_d WHERE title ILIKE '%spam%' AND length(title) < 20;
-- downgrade
SELECT 1;
-- script: form 5
-- upgrade
UPDATE photos_e SET name = 'admin' WHERE id = 77;
-- downgrade
SELECT 1;
-- script: form 6
-- upgrade
DELETE FROM photos_f WHERE id BETWEEN 500 AND 510;
-- downgrade
SELECT 1;
-- script: form 7
-- upgrade
DELETE FROM photos_g WHERE at < now() - interval '40 years';
-- downgrade
SELECT 1;
-- script: form 8
-- upgrade
UPDATE photos_h SET at = NULL WHERE at BETWEEN '2011-03-01' AND '2011-03-31';
-- downgrade
SELECT 1;
-- script: form 9
-- upgrade
UPDATE photos_i SET data = data - 'old' WHERE data ? 'old';
-- downgrade
SELECT 1;
-- script: form 10
-- upgrade
DELETE FROM photos_j WHERE data ->> 'kind' = 'thumb';
-- downgrade
SELECT 1;
-- script: form 11
-- upgrade
UPDATE photos_k SET data = '{}' WHERE data @> '{"hidden": true}';
-- downgrade
SELECT 1;
-- script: form 12
-- upgrade
DELETE FROM photos_l WHERE data #>> '{meta,source}' = 'scan';
-- downgrade
SELECT 1;
-- script: form 13
-- upgrade
UPDATE photos_m SET data = NULL WHERE data -> 'a' ->> 'b' = 'c';
-- downgrade
SELECT 1;
-- script: form 14
-- upgrade
UPDATE photos_n SET tags = array_remove(tags, 'private') WHERE 'private' = ANY (tags);
-- downgrade
SELECT 1;
-- script: form 15
-- upgrade
DELETE FROM photos_o WHERE tags @> ARRAY['a', 'b'];
-- downgrade
SELECT 1;
-- script: form 16
-- upgrade
UPDATE photos_p SET numbers = NULL WHERE numbers[1] = 42;
-- downgrade
SELECT 1;
-- script: form 17
-- upgrade
DELETE FROM photos_q WHERE during @> '2012-06-15'::date;
-- downgrade
SELECT 1;
-- script: form 18
-- upgrade
DELETE FROM photos_r WHERE upper(during) < '1995-01-01';
-- downgrade
SELECT 1;
-- script: form 19
-- upgrade
UPDATE photos_s SET price = price + 1 WHERE price > 99999;
-- downgrade
SELECT 1;
-- script: form 20
-- upgrade
UPDATE photos_t SET is_public = false WHERE is_public AND owner = 'bob';
-- downgrade
SELECT 1;
-- script: form 21
-- upgrade
DELETE FROM photos_u WHERE id = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11';
-- downgrade
SELECT 1;
-- script: form 22
-- upgrade
UPDATE photos_v SET mood = 'ok' WHERE mood = 'happy' AND note IS NOT NULL;
-- downgrade
SELECT 1;
-- script: form 23
-- upgrade
DELETE FROM photos_w WHERE host << '10.0.0.0/8';
-- downgrade
SELECT 1;
-- script: form 24
-- upgrade
UPDATE photos_x SET email = lower(email) WHERE email <> lower(email);
-- downgrade
SELECT 1;
-- script: form 25
-- upgrade
DELETE FROM photos_y WHERE code = 'DE49';
-- downgrade
SELECT 1;
-- script: form 26
-- upgrade
UPDATE items_a SET rank = 1 FROM albums_a WHERE albums_a.id = items_a.album AND albums_a.name = 'best' AND items_a.rank > 7;
-- downgrade
SELECT 1;
-- script: form 27
-- upgrade
DELETE FROM items_b USING albums_b b WHERE b.id = items_b.album AND b.name LIKE 'old %';
-- downgrade
SELECT 1;
-- script: form 28
-- upgrade
DELETE FROM items_c WHERE album NOT IN (SELECT id FROM albums_c);
-- downgrade
SELECT 1;
-- script: form 29
-- upgrade
DELETE FROM items_d WHERE NOT EXISTS (SELECT FROM albums_d WHERE albums_d.id = items_d.album) AND album IS NOT NULL;
-- downgrade
SELECT 1;
-- script: form 30
-- upgrade
DELETE FROM names_a a USING names_a b WHERE a.name = b.name AND a.id > b.id;
-- downgrade
SELECT 1;
-- script: form 31
-- upgrade
DELETE FROM names_b WHERE name IN (SELECT name FROM names_b GROUP BY name HAVING count(*) > 2);
-- downgrade
SELECT 1;
-- script: form 32
-- upgrade
UPDATE names_c SET n = 0 WHERE n = (SELECT max(n) FROM names_c WHERE name = 'z');
-- downgrade
SELECT 1;
-- script: form 33
-- upgrade
WITH gone AS (DELETE FROM names_d WHERE state = 'off' RETURNING id) SELECT count(*) FROM gone;
-- downgrade
SELECT 1;
-- script: form 34
-- upgrade
WITH moved AS (DELETE FROM names_e WHERE state = 'archived' AND name <> '' RETURNING id, name) INSERT INTO kept_e SELECT * FROM moved;
-- downgrade
SELECT 1;
-- script: form 35
-- upgrade
MERGE INTO names_f USING (VALUES ('spam', 1), ('ham', 2)) v (name, n) ON v.name = names_f.name WHEN MATCHED AND names_f.n > 10 THEN UPDATE SET n = v.n;
-- downgrade
SELECT 1;
-- script: form 36
-- upgrade
UPDATE names_g SET first = last WHERE first IS NULL AND last = 'Nobody';
-- downgrade
SELECT 1;
-- script: form 37
-- upgrade
UPDATE names_h SET name = 'x' WHERE name > 'zzz';
-- downgrade
SELECT 1;
-- script: form 38
-- upgrade
UPDATE names_i SET wait = '1 day' WHERE wait > '10 days';
-- downgrade
SELECT 1;
-- script: form 39
-- upgrade
DELETE FROM names_j WHERE depth = 12;
-- downgrade
SELECT 1;
-- script: form 40
-- upgrade
UPDATE names_k SET secret = NULL WHERE bits = B'1010' AND secret = '\xdeadbeef';
-- downgrade
SELECT 1;
-- script: form 41
-- upgrade
DO $$ BEGIN UPDATE names_l SET n = 1 WHERE name = 'unique words'; END $$;
-- downgrade
SELECT 1;
-- script: form 42
-- upgrade
UPDATE names_m SET body = regexp_replace(body, 'http:', 'https:') WHERE body ~ 'http:' AND length(name) > 60;
-- downgrade
SELECT 1;
-- script: form 43
-- upgrade
DELETE FROM days_a WHERE day = '2005-05-05' AND n = 5;
-- downgrade
SELECT 1;
-- script: form 44
-- upgrade
DELETE FROM users_z WHERE role = 'guest' AND (seen IS NULL OR seen < '1980-01-01');
-- downgrade
SELECT 1;
