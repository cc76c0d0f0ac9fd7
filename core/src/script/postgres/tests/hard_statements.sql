-- Statements whose ends are hard to find. Each ends at a line `--;;`, and each runs on PostgreSQL 15
-- in this order.
--;;
CREATE SCHEMA shop AUTHORIZATION CURRENT_USER
    CREATE TABLE article (id bigint PRIMARY KEY, title text NOT NULL, price numeric(10, 2))
    CREATE INDEX article_by_title ON article (title)
    CREATE VIEW cheap AS SELECT id FROM article WHERE price < 10;
--;;
CREATE TABLE shop.sale (
    id bigint GENERATED ALWAYS AS IDENTITY, -- a semicolon; in a comment
    article_id bigint NOT NULL REFERENCES shop.article (id) ON DELETE CASCADE,
    sold_at timestamptz NOT NULL DEFAULT now(),
    note text DEFAULT 'nothing; at all',
    PRIMARY KEY (id, sold_at)
) PARTITION BY RANGE (sold_at);
--;;
CREATE TABLE shop.sale_2026 PARTITION OF shop.sale FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
--;;
CREATE TABLE shop.sale_rest PARTITION OF shop.sale DEFAULT;
--;;
CREATE TABLE shop.box (
    width int NOT NULL CHECK (width > 0),
    height int NOT NULL,
    area int GENERATED ALWAYS AS (width * height) STORED,
    "end" text, "BEGIN; ATOMIC" text,
    EXCLUDE USING btree (width WITH =) WHERE (height > 1000)
);
--;;
CREATE FUNCTION shop.double(n int) RETURNS int LANGUAGE sql IMMUTABLE AS $$ SELECT n * 2; $$;
--;;
CREATE FUNCTION shop.tagged(n int) RETURNS text LANGUAGE plpgsql AS $body$
BEGIN
    -- $$ is no end here; nor is $other$
    EXECUTE $inner$ SELECT 1; $inner$;
    RETURN CASE WHEN n > 0 THEN 'more;' ELSE $$less;$$ END;
END;
$body$;
--;;
CREATE OR REPLACE FUNCTION shop.standard(a int, b int DEFAULT 0) RETURNS int
    LANGUAGE SQL
BEGIN ATOMIC
    SELECT 1;
    SELECT CASE WHEN a > b THEN CASE b WHEN 0 THEN a ELSE b END ELSE 0 END;
END;
--;;
CREATE FUNCTION shop.by_return(int, int) RETURNS int LANGUAGE SQL RETURN $1 + $2;
--;;
CREATE FUNCTION shop.label() RETURNS TABLE (case_ int, "case" int) LANGUAGE SQL BEGIN ATOMIC
    SELECT a AS end, a AS "end" FROM (VALUES (1)) AS t (a);
END;
--;;
CREATE PROCEDURE shop.tidy(INOUT done int DEFAULT 0) LANGUAGE SQL BEGIN ATOMIC
    DELETE FROM shop.box WHERE width = 1;
    UPDATE shop.box SET height = height + 1 WHERE height = 2;
    SELECT 1;
END;
--;;
CREATE PROCEDURE shop.loud() LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE ''a; b''; END;';
--;;
CREATE FUNCTION shop.quoted() RETURNS text LANGUAGE sql AS E'SELECT ''it\'\'s; \\\\'';';
--;;
CREATE FUNCTION shop.begin() RETURNS int LANGUAGE sql AS 'SELECT 1';
--;;
DO $$
DECLARE r record;
BEGIN
    FOR r IN SELECT 1 AS n LOOP
        PERFORM shop.double(r.n);
    END LOOP;
EXCEPTION WHEN others THEN NULL;
END
$$;
--;;
DO LANGUAGE plpgsql $do$BEGIN NULL; END$do$;
--;;
CREATE RULE box_guard AS ON DELETE TO shop.box DO ALSO (
    INSERT INTO shop.article VALUES (1, 'deleted; box', NULL) ON CONFLICT DO NOTHING;
    UPDATE shop.article SET price = 0 WHERE id = 1;
    NOTIFY boxes
);
--;;
CREATE RULE cheap_insert AS ON INSERT TO shop.cheap DO INSTEAD NOTHING;
--;;
CREATE FUNCTION shop.on_box() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN NEW.width := 1; RETURN NEW; END $f$;
--;;
CREATE TRIGGER box_touch BEFORE INSERT OR UPDATE OF width, height ON shop.box
    FOR EACH ROW WHEN (NEW.width > 100 AND NEW."end" IS DISTINCT FROM 'a;b') EXECUTE FUNCTION shop.on_box();
--;;
CREATE CONSTRAINT TRIGGER box_later AFTER INSERT ON shop.box DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE PROCEDURE shop.on_box();
--;;
ALTER TABLE shop.article ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
--;;
CREATE POLICY own_rows ON shop.article AS RESTRICTIVE FOR UPDATE TO PUBLIC
    USING (title <> ';') WITH CHECK (EXISTS (SELECT 1 FROM shop.box b WHERE b."end" = title));
--;;
CREATE TYPE shop.mood AS ENUM ('sad; very', 'ok', 'it''s fine');
--;;
ALTER TYPE shop.mood ADD VALUE IF NOT EXISTS 'happy' AFTER 'ok';
--;;
CREATE DOMAIN shop.code AS text COLLATE "C" DEFAULT 'x;' CHECK (VALUE ~ '^[a-z;]+$' AND VALUE !~ E'\\;');
--;;
CREATE TYPE shop.pair AS (first int, "second; column" text);
--;;
CREATE AGGREGATE shop.total (int) (SFUNC = int4pl, STYPE = int, INITCOND = '0');
--;;
CREATE OPERATOR shop.@-@ (LEFTARG = int, RIGHTARG = int, FUNCTION = int4mi);
--;;
CREATE VIEW shop.report AS
    WITH RECURSIVE t (n) AS (VALUES (1) UNION ALL SELECT n + 1 FROM t WHERE n < 3)
    SELECT n, CASE n WHEN 1 THEN 'one;' ELSE $q$more;$q$ END AS label, n::text || ';' AS text FROM t
    /* a comment; /* in a comment; */ that goes on; */ ORDER BY n;
--;;
CREATE MATERIALIZED VIEW shop.counted AS SELECT count(*) FROM shop.box WITH NO DATA;
--;;
CREATE STATISTICS shop.box_stats (ndistinct, dependencies) ON width, height FROM shop.box;
--;;
COMMENT ON TABLE shop.box IS 'A box; with a '
    'continued; text';
--;;
COMMENT ON COLUMN shop.box.width IS E'first\'; '
    -- between the two parts
    'second\'; part';
--;;
COMMENT ON COLUMN shop.box.height IS U&'d\0061t\+000061; ';
--;;
INSERT INTO shop.article (id, title) VALUES (2, $$it's; $1 fine$$), (3, N'n;'), (4, $é$tag;$é$);
--;;
UPDATE shop.article SET title = title || ';' || chr(59) WHERE id = 2 AND title -- ; not here
    IS NOT NULL;
--;;
MERGE INTO shop.article a USING (VALUES (5, 'five;')) AS s (id, title) ON a.id = s.id
    WHEN MATCHED THEN UPDATE SET title = s.title
    WHEN NOT MATCHED THEN INSERT (id, title) VALUES (s.id, s.title);
--;;
SELECT '{"a": [1, 2]}'::jsonb ? 'a', B'101', X'1F', 1.5e-3, 0.5, (ARRAY[1, 2])[1:2], 2 - -1, int4range(1, 9) @> 4
    WHERE false AND 1 --- three dashes;
    = 2;
--;;
CREATE INDEX box_by_expression ON shop.box ((width + height), lower("end")) WHERE "BEGIN; ATOMIC" IS NULL;
--;;
GRANT SELECT (width, height), INSERT ON shop.box TO PUBLIC;
--;;
ALTER DEFAULT PRIVILEGES IN SCHEMA shop GRANT EXECUTE ON FUNCTIONS TO PUBLIC;
--;;
CREATE FUNCTION shop.on_ddl() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN NULL; END $$;
--;;
CREATE EVENT TRIGGER shop_watch ON ddl_command_end
    WHEN TAG IN ('CREATE TABLE', 'DROP TABLE') EXECUTE FUNCTION shop.on_ddl();
--;;
ALTER TABLE shop.sale DETACH PARTITION shop.sale_rest;
--;;
CREATE SEQUENCE shop.numbers AS smallint START 5 CACHE 1 OWNED BY shop.box.width;
--;;
SET LOCAL application_name = 'a;b';
--;;
CREATE TABLE shop."quo""ted; $$name$$" (a$b int, übung text, _x$1 int);
--;;
EXPLAIN (COSTS off) SELECT 1;
