//! Schemas that SQLite treats differently, and the descriptions of their differences.

use super::{TestResult, made_by, reported};
use crate::schema::{Changes, detect};

/// Single losses: the schemas before and after, and the description.
const LOSSES: [(&str, &str, &str); 46] = [
    (
        "CREATE TABLE t (a TEXT NOT NULL)",
        "CREATE TABLE t (a TEXT)",
        "column `t.a` was `TEXT NOT NULL`, is now `TEXT`",
    ),
    ("CREATE TABLE t (a TEXT, b)", "CREATE TABLE t (a TEXT)", "column `t.b` is missing"),
    ("CREATE TABLE t (a)", "CREATE TABLE t (a, b AS (a))", "column `t.b` is left behind"),
    ("CREATE TABLE t (a)", "CREATE TABLE t (a ANY)", "column `t.a` was only a name, is now `ANY`"),
    ("CREATE TABLE t (a, B)", "CREATE TABLE t (a, b)", "column `t.B` is spelled `b`"),
    (
        "CREATE TABLE t (a, B INT)",
        "CREATE TABLE t (a, b)",
        "column `t.B` is spelled `b`, and was `INT`, is now only a name",
    ),
    (
        "CREATE TABLE t (a, b, c)",
        "CREATE TABLE t (a, c, b)",
        "the order of the columns of `t` was `a`, `b`, `c`, is now `a`, `c`, `b`",
    ),
    ("CREATE TABLE T (a)", "CREATE TABLE t (a)", "table `T` is spelled `t`"),
    ("CREATE TABLE t (a)", "", "table `t` is missing"),
    ("", "CREATE TABLE t (a); CREATE INDEX i ON t (a)", "table `t` is left behind"),
    (
        "CREATE TABLE t (a VARCHAR(32))",
        "CREATE TABLE t (a VARCHAR(33))",
        "column `t.a` was `VARCHAR(32)`, is now `VARCHAR(33)`",
    ),
    (
        "CREATE TABLE t (a TEXT NOT NULL ON CONFLICT REPLACE DEFAULT '')",
        "CREATE TABLE t (a TEXT NOT NULL DEFAULT '')",
        "column `t.a` was `TEXT NOT NULL ON CONFLICT REPLACE DEFAULT ''`, is now `TEXT NOT NULL DEFAULT ''`",
    ),
    (
        "CREATE TABLE t (a TEXT COLLATE NOCASE)",
        "CREATE TABLE t (a TEXT)",
        "column `t.a` was `TEXT COLLATE NOCASE`, is now `TEXT`",
    ),
    (
        "CREATE TABLE t (a DEFAULT 1)",
        "CREATE TABLE t (a)",
        "column `t.a` was `DEFAULT 1`, is now only a name",
    ),
    (
        "CREATE TABLE t (a DEFAULT 1)",
        "CREATE TABLE t (a DEFAULT '1')",
        "column `t.a` was `DEFAULT 1`, is now `DEFAULT '1'`",
    ),
    (
        "CREATE TABLE t (a DEFAULT (1 - (2 - 3)))",
        "CREATE TABLE t (a DEFAULT (1 - 2 - 3))",
        "column `t.a` was `DEFAULT (1 - (2 - 3))`, is now `DEFAULT (1 - 2 - 3)`",
    ),
    (
        "CREATE TABLE t (a, b AS (a + 1) STORED)",
        "CREATE TABLE t (a, b AS (a + 1))",
        "column `t.b` was `GENERATED ALWAYS AS (a + 1) STORED`, is now `GENERATED ALWAYS AS (a + 1) VIRTUAL`",
    ),
    (
        "CREATE TABLE t (a, b AS (a + 1))",
        "CREATE TABLE t (a, b)",
        "column `t.b` was `GENERATED ALWAYS AS (a + 1) VIRTUAL`, is now only a name",
    ),
    (
        "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT)",
        "CREATE TABLE t (id INTEGER PRIMARY KEY)",
        "primary key of `t` was `PRIMARY KEY (id AUTOINCREMENT)`, is now `PRIMARY KEY (id)`",
    ),
    (
        "CREATE TABLE t (id INTEGER PRIMARY KEY DESC)",
        "CREATE TABLE t (id INTEGER, PRIMARY KEY (id DESC))",
        "primary key of `t` was `PRIMARY KEY (id DESC)`, is now `PRIMARY KEY (id)`",
    ),
    (
        "CREATE TABLE t (a, b, PRIMARY KEY (a, b))",
        "CREATE TABLE t (a, b)",
        "primary key `PRIMARY KEY (a, b)` of `t` is missing",
    ),
    (
        "CREATE TABLE t (a UNIQUE ON CONFLICT REPLACE)",
        "CREATE TABLE t (a UNIQUE)",
        "unique constraint of `t` was `UNIQUE (a) ON CONFLICT REPLACE`, is now `UNIQUE (a)`",
    ),
    (
        "CREATE TABLE t (a, UNIQUE (a COLLATE NOCASE))",
        "CREATE TABLE t (a UNIQUE)",
        "unique constraint of `t` was `UNIQUE (a COLLATE NOCASE)`, is now `UNIQUE (a)`",
    ),
    (
        "CREATE TABLE t (a, CONSTRAINT c UNIQUE (a))",
        "CREATE TABLE t (a UNIQUE)",
        "unique constraint of `t` was `CONSTRAINT c UNIQUE (a)`, is now `UNIQUE (a)`",
    ),
    (
        "CREATE TABLE t (a CHECK (a > 0))",
        "CREATE TABLE t (a)",
        "check constraint `CHECK (a > 0)` of `t` is missing",
    ),
    (
        "CREATE TABLE t (a CONSTRAINT positive CHECK (a > 0))",
        "CREATE TABLE t (a CONSTRAINT positive CHECK (a >= 0))",
        "check constraint of `t` was `CONSTRAINT positive CHECK (a > 0)`, is now `CONSTRAINT positive CHECK (a >= 0)`",
    ),
    (
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a INT REFERENCES p (id) ON DELETE CASCADE)",
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a INT REFERENCES p (id))",
        "foreign key of `t` was `FOREIGN KEY (a) REFERENCES p (id) ON DELETE CASCADE`, is now `FOREIGN KEY (a) REFERENCES p (id)`",
    ),
    (
        "CREATE TABLE t (a INT REFERENCES t (a) ON UPDATE SET NULL)",
        "CREATE TABLE t (a INT REFERENCES t (a) ON UPDATE SET DEFAULT)",
        "foreign key of `t` was `FOREIGN KEY (a) REFERENCES t (a) ON UPDATE SET NULL`, is now `FOREIGN KEY (a) REFERENCES t (a) ON UPDATE SET DEFAULT`",
    ),
    (
        "CREATE TABLE t (a REFERENCES t DEFERRABLE INITIALLY DEFERRED)",
        "CREATE TABLE t (a REFERENCES t)",
        "foreign key of `t` was `FOREIGN KEY (a) REFERENCES t DEFERRABLE INITIALLY DEFERRED`, is now `FOREIGN KEY (a) REFERENCES t`",
    ),
    ("CREATE TABLE t (a INT) STRICT", "CREATE TABLE t (a INT)", "table `t` was `STRICT`, no longer is"),
    (
        "CREATE TABLE t (a PRIMARY KEY NOT NULL)",
        "CREATE TABLE t (a PRIMARY KEY) WITHOUT ROWID",
        "table `t` was not `WITHOUT ROWID`, now is",
    ),
    (
        "CREATE TABLE t (a); CREATE INDEX i ON t (a DESC)",
        "CREATE TABLE t (a); CREATE INDEX i ON t (a)",
        "index `i` was `INDEX ON t (a DESC)`, is now `INDEX ON t (a)`",
    ),
    (
        "CREATE TABLE t (a); CREATE UNIQUE INDEX i ON t (a COLLATE NOCASE) WHERE a > 0",
        "CREATE TABLE t (a); CREATE INDEX i ON t (a)",
        "index `i` was `UNIQUE INDEX ON t (a COLLATE NOCASE) WHERE a > 0`, is now `INDEX ON t (a)`",
    ),
    (
        "CREATE TABLE t (a COLLATE NOCASE); CREATE INDEX i ON t (a)",
        "CREATE TABLE t (a COLLATE NOCASE); CREATE INDEX i ON t (a COLLATE BINARY)",
        "index `i` was `INDEX ON t (a)`, is now `INDEX ON t (a COLLATE BINARY)`",
    ),
    (
        "CREATE TABLE t (a); CREATE INDEX i ON t (lower(a))",
        "CREATE TABLE t (a); CREATE INDEX i ON t (upper(a))",
        "index `i` was `INDEX ON t (lower(a))`, is now `INDEX ON t (upper(a))`",
    ),
    ("CREATE TABLE t (a); CREATE INDEX i ON t (a)", "CREATE TABLE t (a)", "index `i` is missing"),
    (
        "CREATE TABLE t (a); CREATE VIEW v AS SELECT a FROM t WHERE a > 1",
        "CREATE TABLE t (a); CREATE VIEW v AS SELECT a FROM t WHERE a > 2",
        "view `v` was `SELECT a FROM t WHERE a > 1`, is now `SELECT a FROM t WHERE a > 2`",
    ),
    (
        "CREATE TABLE t (a); CREATE VIEW v AS SELECT a AS Total FROM t",
        "CREATE TABLE t (a); CREATE VIEW v AS SELECT a AS total FROM t",
        "view `v` was `SELECT a AS Total FROM t`, is now `SELECT a AS total FROM t`",
    ),
    (
        "CREATE TABLE t (a); CREATE VIEW v (x) AS SELECT a FROM t",
        "CREATE TABLE t (a); CREATE VIEW v AS SELECT a FROM t",
        "the columns of view `v` were `x`, are now those of its SELECT",
    ),
    (
        "CREATE TABLE t (a); CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; SELECT 2; END",
        "CREATE TABLE t (a); CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; SELECT 3; END",
        "statement 2 of trigger `g` was `SELECT 2`, is now `SELECT 3`",
    ),
    (
        "CREATE TABLE t (a); CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; SELECT 2; END",
        "CREATE TABLE t (a); CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END",
        "trigger `g` had 2 statements, now has 1",
    ),
    (
        "CREATE TABLE t (a, b); CREATE TRIGGER g AFTER UPDATE OF a, b ON t BEGIN SELECT 1; END",
        "CREATE TABLE t (a, b); CREATE TRIGGER g AFTER UPDATE OF a ON t BEGIN SELECT 1; END",
        "trigger `g` was `AFTER UPDATE OF a, b ON t`, is now `AFTER UPDATE OF a ON t`",
    ),
    (
        "CREATE TABLE t (a); CREATE TRIGGER g BEFORE DELETE ON t WHEN old.a > 1 BEGIN SELECT 1; END",
        "CREATE TABLE t (a); CREATE TRIGGER g BEFORE DELETE ON t BEGIN SELECT 1; END",
        "the WHEN of trigger `g` was `old.a > 1`, is now none",
    ),
    (
        "CREATE TABLE t (a); CREATE TABLE u (a); CREATE TRIGGER g DELETE ON t BEGIN SELECT 1; END",
        "CREATE TABLE t (a); CREATE TABLE u (a); CREATE TRIGGER g DELETE ON u BEGIN SELECT 1; END",
        "trigger `g` belonged to `t`, now belongs to `u`",
    ),
    (
        "CREATE VIRTUAL TABLE f USING fts5(a, b UNINDEXED)",
        "CREATE VIRTUAL TABLE f USING fts5(a, b)",
        "table `f` was `USING fts5(a, b UNINDEXED)`, is now `USING fts5(a, b)`",
    ),
    (
        "CREATE VIRTUAL TABLE f USING fts5(a)",
        "CREATE TABLE f (a)",
        "table `f` was `CREATE VIRTUAL TABLE f USING fts5(a)`, is now `CREATE TABLE f (a)`",
    ),
];

#[test]
fn each_loss_is_told_in_its_own_words() -> TestResult {
    for (was, is, words) in LOSSES {
        assert_eq!(reported(was, is)?, words, "\n{was}\n{is}");
        reported(is, was)?;
    }
    Ok(())
}

#[test]
fn what_goes_with_a_column_is_not_told_twice() -> TestResult {
    let words = reported(
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a, b INT UNIQUE REFERENCES p, UNIQUE (a, b))",
        "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE t (a)",
    )?;
    assert_eq!(words, "column `t.b` is missing");
    Ok(())
}

#[test]
fn differences_come_in_one_order() -> TestResult {
    let words = reported(
        "CREATE TABLE b (x TEXT NOT NULL, y INT CHECK (y > 0)) STRICT; CREATE TABLE a (x); CREATE VIEW v AS SELECT 1",
        "CREATE TABLE b (y INT, x TEXT); CREATE TABLE c (x); CREATE INDEX i ON b (x)",
    )?;
    insta::assert_snapshot!(words, @r"
    table `a` is missing
    column `b.x` was `TEXT NOT NULL`, is now `TEXT`
    the order of the columns of `b` was `x`, `y`, is now `y`, `x`
    check constraint `CHECK (y > 0)` of `b` is missing
    table `b` was `STRICT`, no longer is
    table `c` is left behind
    index `i` is left behind
    view `v` is missing
    ");
    Ok(())
}

/// The rowid is never NULL. A key that becomes the rowid alias, or stops being it, neither loses
/// nor gains NOT NULL.
#[test]
fn no_not_null_is_told_that_no_side_lost() -> TestResult {
    for (was, is, expected) in [
        ("id TEXT PRIMARY KEY NOT NULL", "id INTEGER PRIMARY KEY NOT NULL", "changed type"),
        ("id TEXT PRIMARY KEY NOT NULL", "id INTEGER PRIMARY KEY", "changed type"),
        ("id INTEGER PRIMARY KEY NOT NULL", "id TEXT PRIMARY KEY NOT NULL", "changed type"),
        ("id INTEGER PRIMARY KEY", "id TEXT PRIMARY KEY NOT NULL", "changed type"),
        ("id INTEGER PRIMARY KEY", "id INT PRIMARY KEY", "changed type"),
        ("id INTEGER PRIMARY KEY NOT NULL", "id TEXT PRIMARY KEY", "changed type, removed NOT NULL"),
        ("id TEXT PRIMARY KEY", "id INTEGER PRIMARY KEY NOT NULL", "changed type, added NOT NULL"),
        (
            "id INTEGER PRIMARY KEY NOT NULL, b",
            "id INTEGER NOT NULL, b, PRIMARY KEY (id, b)",
            "changed primary",
        ),
        ("id INTEGER NOT NULL, b, PRIMARY KEY (id, b)", "id INTEGER PRIMARY KEY, b", "changed primary"),
        ("id INTEGER NOT NULL, b", "id INTEGER PRIMARY KEY, b", "added primary"),
    ] {
        let made = |columns| made_by(&format!("CREATE TABLE t ({columns})"));
        let detected = detect(&Changes::between(&made(was)?, &made(is)?));
        let words = detected.iter().map(ToString::to_string);
        let begins: Vec<String> = words
            .map(|words| words.split(' ').take(2).collect::<Vec<_>>().join(" ").replace("NOT", "NOT NULL"))
            .collect();
        assert_eq!(begins.join(", "), expected, "{was} -> {is}");
    }
    Ok(())
}
