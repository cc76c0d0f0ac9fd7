//! Schemas that SQLite treats the same.

use super::{TestResult, assert_same};

/// Groups of equal schemas.
fn all_same(scripts: &[&str]) -> TestResult {
    let first = scripts.first().copied().unwrap_or_default();
    scripts.iter().try_for_each(|script| assert_same(first, script))
}

#[test]
fn quotes_spacing_comments_and_the_case_of_keywords() -> TestResult {
    all_same(&[
        "CREATE TABLE t (a TEXT NOT NULL, b INTEGER)",
        "create table t(a text not null,b integer)",
        "CREATE TABLE \"t\" (\"a\" TEXT NOT NULL, [b] INTEGER)",
        "CREATE TABLE `t` ('a' TEXT /* of a */ NOT NULL, -- first\n `b` INTEGER\n)",
        "CREATE TABLE IF NOT EXISTS main.t (\n\ta Text Not Null,\n\tb Integer\n)",
    ])
}

#[test]
fn a_byte_order_mark_is_a_space_and_within_a_word_a_letter() -> TestResult {
    let mark = '\u{feff}';
    assert_same(
        "CREATE TABLE t (a TEXT NOT NULL)",
        &format!("CREATE TABLE t (a TEXT {mark}{mark}NOT NULL {mark})"),
    )?;
    let schema = super::made_by(&format!("CREATE TABLE t ({mark}a INT, b{mark} INT DEFAULT '{mark}')"))?;
    let names: Vec<&str> =
        schema.tables().flat_map(|(_, table)| &table.columns).map(|column| column.name.as_str()).collect();
    assert_eq!(names, ["a", "b\u{feff}"]);
    Ok(())
}

#[test]
fn names_that_refer_in_any_case() -> TestResult {
    all_same(&[
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a INT REFERENCES p (id), CHECK (a > 0));
         CREATE INDEX i ON t (a); CREATE VIEW v AS SELECT a FROM t;
         CREATE TRIGGER g AFTER UPDATE OF a ON t BEGIN DELETE FROM p WHERE id = old.a; END",
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a INT REFERENCES P (ID), CHECK (\"A\" > 0));
         CREATE INDEX i ON T ('A'); CREATE VIEW v AS SELECT [A] FROM main.T;
         CREATE TRIGGER g AFTER UPDATE OF A ON T FOR EACH ROW BEGIN DELETE FROM P WHERE ID = OLD.A; END",
    ])
}

#[test]
fn constraints_beside_their_columns_and_after_them() -> TestResult {
    all_same(&[
        "CREATE TABLE p (id INTEGER PRIMARY KEY);
         CREATE TABLE t (a TEXT PRIMARY KEY UNIQUE, b INT UNIQUE REFERENCES p ON DELETE CASCADE CHECK (b > 0), c COLLATE NOCASE)",
        "CREATE TABLE p (id INTEGER, PRIMARY KEY (id));
         CREATE TABLE t (a TEXT, b INT, c COLLATE NOCASE, CHECK (b > 0), FOREIGN KEY (b) REFERENCES p ON DELETE CASCADE,
            UNIQUE (a), UNIQUE (b), PRIMARY KEY (a))",
        "CREATE TABLE p (id INTEGER, PRIMARY KEY (id ASC));
         CREATE TABLE t (a TEXT, b INT, c COLLATE NOCASE, PRIMARY KEY (a COLLATE BINARY ASC) ON CONFLICT ABORT,
            UNIQUE (b), UNIQUE (b), UNIQUE (a), CHECK ((b) > 0), CHECK (b > 0),
            FOREIGN KEY (b) REFERENCES p ON DELETE CASCADE ON UPDATE NO ACTION)",
    ])
}

#[test]
fn a_rowid_by_any_way_to_write_it() -> TestResult {
    all_same(&[
        "CREATE TABLE t (id INTEGER PRIMARY KEY)",
        "CREATE TABLE t (id INTEGER NOT NULL PRIMARY KEY)",
        "CREATE TABLE t (id integer not null, PRIMARY KEY (id DESC))",
        "CREATE TABLE t (id \"Integer\", PRIMARY KEY (id COLLATE NOCASE))",
    ])?;
    all_same(&[
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)",
        "CREATE TABLE t (id INTEGER, PRIMARY KEY (id AUTOINCREMENT))",
    ])
}

#[test]
fn what_is_so_anyway() -> TestResult {
    all_same(&[
        "CREATE TABLE t (a TEXT, b INT NOT NULL)",
        "CREATE TABLE t (a TEXT NULL DEFAULT NULL COLLATE BINARY, b INT NOT NULL ON CONFLICT ABORT)",
        "CREATE TABLE t (a TEXT DEFAULT (NULL), b INT NOT NULL)",
    ])?;
    all_same(&[
        "CREATE TABLE t (a TEXT, b INT, PRIMARY KEY (a, b)) WITHOUT ROWID",
        "CREATE TABLE t (a TEXT NOT NULL, b INT NOT NULL, PRIMARY KEY (a, b)) WITHOUT ROWID",
    ])?;
    all_same(&[
        "CREATE TABLE t (a TEXT PRIMARY KEY) STRICT, WITHOUT ROWID",
        "CREATE TABLE t (a TEXT NOT NULL PRIMARY KEY) WITHOUT ROWID, STRICT",
    ])?;
    all_same(&[
        "CREATE TABLE p (a PRIMARY KEY); CREATE TABLE t (a REFERENCES p (a))",
        "CREATE TABLE p (a PRIMARY KEY); CREATE TABLE t (a REFERENCES p (a) MATCH FULL NOT DEFERRABLE INITIALLY DEFERRED)",
        "CREATE TABLE p (a PRIMARY KEY); CREATE TABLE t (a REFERENCES p (a) DEFERRABLE INITIALLY IMMEDIATE)",
        "CREATE TABLE p (a PRIMARY KEY); CREATE TABLE t (a CONSTRAINT p DEFAULT NULL REFERENCES p (a) ON DELETE NO ACTION)",
    ])?;
    all_same(&[
        "CREATE TABLE t (a TEXT COLLATE NOCASE, UNIQUE (a)); CREATE INDEX i ON t (a)",
        "CREATE TABLE t (a TEXT COLLATE NOCASE, UNIQUE (a COLLATE nocase)); CREATE INDEX i ON t (a COLLATE NoCase ASC)",
    ])
}

#[test]
fn declared_types_by_their_words() -> TestResult {
    all_same(&[
        "CREATE TABLE t (a VARCHAR(32), b DECIMAL(10,2), c DOUBLE PRECISION, d UNSIGNED BIG INT, e)",
        "CREATE TABLE t (a varchar( 32 ), b Decimal ( 10 , 2 ), c double   precision, d unsigned\nbig /* ! */ int, e)",
    ])
}

#[test]
fn defaults_and_expressions() -> TestResult {
    all_same(&[
        "CREATE TABLE t (a DEFAULT 'x', b DEFAULT -1, c DEFAULT (1 + 2), d DEFAULT TRUE, e DEFAULT CURRENT_TIMESTAMP)",
        "CREATE TABLE t (a DEFAULT ('x'), b DEFAULT (- 1), c DEFAULT ((1+2)), d DEFAULT true, e DEFAULT (current_timestamp))",
        "CREATE TABLE t (a DEFAULT \"x\", b DEFAULT -1, c DEFAULT ((1) + (2)), d DEFAULT (TRUE), e DEFAULT current_timestamp)",
        "CREATE TABLE t (a DEFAULT x, b DEFAULT -1, c DEFAULT (1 + +2), d DEFAULT true, e DEFAULT current_timestamp)",
    ])?;
    all_same(&[
        "CREATE TABLE t (a, b, CHECK (a > 0 AND b IS NULL OR a <> b AND a IN (1, 2)), CHECK (a = 'b'))",
        "CREATE TABLE t (a, b, check (((a > 0) and (b isnull)) or ((a != b) and a in ((1), 2))), CHECK (A == 'b'))",
    ])?;
    all_same(&[
        "CREATE TABLE t (a, b AS (lower(a) || x'ab') STORED); CREATE INDEX i ON t (substr(a, 1, 0x1f)) WHERE b NOT NULL",
        "CREATE TABLE t (a, b GENERATED ALWAYS AS ((LOWER(\"a\"))||X'AB') stored);
         CREATE INDEX i ON t ( (substr(A,1,0X1F)) ) WHERE (b IS NOT NULL)",
    ])?;
    all_same(&["CREATE TABLE t (a, CHECK (a <> 'none'))", "CREATE TABLE t (a, CHECK (a <> \"none\"))"])
}

#[test]
fn views_and_triggers_written_otherwise() -> TestResult {
    all_same(&[
        "CREATE TABLE t (a, b); CREATE TABLE u (a, b);
         CREATE VIEW v AS WITH w AS (SELECT a FROM t) SELECT t.a AS A, count(*) FROM t LEFT JOIN u USING (a), w
            WHERE (t.a > 1) AND t.b < 2 GROUP BY t.a HAVING count(*) > 1 ORDER BY 1 DESC LIMIT 3 OFFSET 4",
        "CREATE TABLE t (a, b); CREATE TABLE u (a, b);
         create view v as with \"w\" as (select A from main.t) select t.a A, COUNT(*) from T left outer join u using (a) join w
            where t.a > 1 and ((t.b) < 2) group by (t.a) having (count(*) > 1) order by 1 desc limit 3 offset 4 -- all",
    ])?;
    all_same(&[
        "CREATE TABLE t (a, b); CREATE TRIGGER g BEFORE INSERT ON t WHEN new.a > 1 AND new.b
            BEGIN UPDATE t SET a = 1, b = (2) WHERE a = new.a; INSERT INTO t VALUES (1, 2) ON CONFLICT DO NOTHING;
            SELECT RAISE(ABORT, 'no'); END",
        "CREATE TABLE t (a, b); CREATE TRIGGER main.g INSERT ON t FOR EACH ROW WHEN (NEW.A > 1) AND NEW.[b]
            BEGIN UPDATE t SET a = 1, b = 2 WHERE (a = new.a); insert into t values ((1), 2) on conflict do nothing;
            select raise(abort, 'no'); /* done */ END",
    ])
}

#[test]
fn virtual_tables_without_what_they_keep() -> TestResult {
    let of_rows = "CREATE VIRTUAL TABLE f USING fts5(title, body, tokenize = 'porter unicode61');
        INSERT INTO f VALUES ('a', 'b')";
    all_same(&[of_rows, "create virtual table f using FTS5 ( title,body, tokenize='porter unicode61' )"])?;
    let schema = super::made_by(of_rows)?;
    assert_eq!(schema.objects.len(), 1);
    assert_same(
        "CREATE VIRTUAL TABLE r USING rtree(id, x0, x1)",
        "CREATE VIRTUAL TABLE r USING rtree(id,x0,x1)",
    )
}

#[test]
fn what_sqlite_keeps_for_itself() -> TestResult {
    all_same(&[
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT); INSERT INTO t DEFAULT VALUES; ANALYZE",
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)",
    ])?;
    all_same(&["CREATE TABLE u (id INTEGER PRIMARY KEY AUTOINCREMENT); DROP TABLE u", ""])
}

const BASE: &str = "CREATE TABLE p (id INTEGER PRIMARY KEY);
    CREATE TABLE t (id INTEGER PRIMARY KEY, title TEXT NOT NULL DEFAULT 'x', p_id INT REFERENCES p(id), CHECK (title <> ''));
    CREATE INDEX i ON t(title DESC) WHERE title > 'a'; CREATE VIEW v AS SELECT title FROM t;
    CREATE TRIGGER g AFTER UPDATE OF title ON t BEGIN UPDATE t SET title = new.title WHERE title = old.title; END;";

#[test]
fn honest_reversals() -> TestResult {
    for there_and_back in [
        "ALTER TABLE t RENAME TO u; ALTER TABLE u RENAME TO t",
        "ALTER TABLE p RENAME TO q; ALTER TABLE q RENAME TO p",
        "ALTER TABLE t RENAME COLUMN title TO caption; ALTER TABLE t RENAME COLUMN caption TO title",
        "ALTER TABLE p RENAME COLUMN id TO key; ALTER TABLE p RENAME COLUMN key TO id",
        "ALTER TABLE t ADD COLUMN x TEXT NOT NULL DEFAULT ''; ALTER TABLE t DROP COLUMN x",
        "ALTER TABLE t ALTER COLUMN title DROP NOT NULL; ALTER TABLE t ALTER COLUMN title SET NOT NULL",
        "ALTER TABLE t ADD CONSTRAINT c CHECK (title <> 'y'); ALTER TABLE t DROP CONSTRAINT c",
        "DROP INDEX i; CREATE INDEX \"i\" ON \"t\" (title  desc) where (\"title\" > 'a')",
        "CREATE TABLE new (\"id\" INTEGER NOT NULL, \"title\" TEXT DEFAULT ('x') NOT NULL, p_id INT, PRIMARY KEY (id),
            CONSTRAINT c CHECK (title <> ''), FOREIGN KEY(p_id) REFERENCES p (id));
         DROP VIEW v; DROP TABLE t; ALTER TABLE new RENAME TO t; ALTER TABLE t DROP CONSTRAINT c; ALTER TABLE t ADD CHECK (title <> '');
         CREATE INDEX i ON t(title DESC) WHERE title > 'a'; CREATE VIEW v AS SELECT title FROM t;
         CREATE TRIGGER g AFTER UPDATE OF title ON t BEGIN UPDATE t SET title = new.title WHERE title = old.title; END",
    ] {
        assert_same(BASE, &format!("{BASE} {there_and_back}"))?;
    }
    Ok(())
}

/// Compares SQL whose syntax tree is too deep to walk with SQL that is not too deep.
#[test]
fn what_is_too_deep_to_walk_is_compared_by_its_tokens() -> TestResult {
    for terms in [190, 400] {
        let chain = |operator: &str| vec!["a = 1"; terms].join(operator);
        let table = |chain: &str| format!("CREATE TABLE t (a, CHECK ({chain}))");
        let was = table(&chain(" OR "));
        assert_same(&was, &table(&chain("\n or ")))?;
        assert_same(&was, &super::made_by(&was)?.ddl())?;
        let is = was.replacen("a = 1", "a = 2", 1);
        assert!(super::reported(&was, &is)?.contains("a = 2"));
        assert_eq!(super::made_by(&was)?.table("t").is_some(), terms < 200);
    }
    Ok(())
}
