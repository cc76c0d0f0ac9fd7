//! What the lints find, and what they leave alone.

use super::{PHOTOS, Script, TestResult, faults, faults_with_rows, notes, said};

/// A script upon `photos` that has nothing to take back.
fn upon_photos(upgrade: &str) -> [Script<'_>; 2] {
    [PHOTOS, ("b2", "a1", upgrade, "-- nothing to do: rows only")]
}

#[test]
fn honest_scripts_are_left_alone() -> TestResult {
    for (upgrade, downgrade) in [
        // Asked by the program, not by the script.
        (
            "CREATE TABLE t (at TEXT DEFAULT CURRENT_TIMESTAMP, r DEFAULT (random()), CHECK (at > date('now')));",
            "DROP TABLE t;",
        ),
        ("CREATE VIEW today AS SELECT * FROM photos WHERE taken = date('now');", "DROP VIEW today;"),
        (
            "CREATE TRIGGER t AFTER INSERT ON photos BEGIN UPDATE photos SET taken = datetime('now'); END;",
            "DROP TRIGGER t;",
        ),
        // Times of rows, texts and names that look like a question.
        (
            "UPDATE photos SET taken = date(taken), title = replace(strftime('%Y', taken), 'utc', '');",
            "SELECT 1;",
        ),
        (
            "UPDATE photos SET title = 'now' WHERE title = 'random()' OR datetime(taken, '+1 day') > date('2020-01-01');",
            "SELECT 1;",
        ),
        (
            "CREATE TABLE random (date TEXT); INSERT INTO random (date) VALUES ('x'); INSERT INTO main.random(date) SELECT date FROM random;",
            "DROP TABLE random;",
        ),
        ("WITH t AS (SELECT random() AS r) SELECT r FROM t;", "SELECT 1;"),
        // A downgrade that rebuilds, and one that drops what went with its table.
        (
            "ALTER TABLE photos ADD COLUMN x;",
            "CREATE TABLE n (id INTEGER PRIMARY KEY, title TEXT, taken TEXT); INSERT INTO n SELECT id, title, taken FROM photos; DROP TABLE photos; ALTER TABLE n RENAME TO photos;",
        ),
        (
            "ALTER TABLE photos ADD COLUMN x;",
            "ALTER TABLE photos RENAME TO old; CREATE TABLE photos (id INTEGER PRIMARY KEY, title TEXT, taken TEXT); INSERT INTO photos SELECT id, title, taken FROM old; DROP TABLE old;",
        ),
        ("CREATE TABLE t (a); CREATE INDEX i ON t (a);", "DROP TABLE t; DROP INDEX IF EXISTS i;"),
        // A precaution before a rebuild.
        ("DROP TABLE IF EXISTS n; CREATE TABLE n (a);", "DROP TABLE n;"),
        ("CREATE TABLE IF NOT EXISTS n (a);", "DROP TABLE IF EXISTS n;"),
        // Keys: to the rowid, to a unique index that comes later, of two columns, to itself.
        ("CREATE TABLE f (p REFERENCES photos);", "DROP TABLE f;"),
        (
            "CREATE TABLE f (p REFERENCES photos (title)); CREATE UNIQUE INDEX u ON photos (title);",
            "DROP INDEX u; DROP TABLE f;",
        ),
        (
            "CREATE TABLE k (a, b, PRIMARY KEY (a, b)); CREATE TABLE f (x, y, FOREIGN KEY (x, y) REFERENCES k (b, a));",
            "DROP TABLE f; DROP TABLE k;",
        ),
        ("CREATE TABLE n (id INTEGER PRIMARY KEY, up REFERENCES n (id));", "DROP TABLE n;"),
        // Names in double quotes, and text in them that is no typo.
        ("UPDATE \"photos\" SET \"title\" = \"taken\", taken = \"some day\";", "SELECT 1;"),
        (
            "CREATE TABLE \"a \"\"b\"\"\" (\"c d\" TEXT DEFAULT \"x\"); INSERT INTO \"a \"\"b\"\"\" VALUES ('y');",
            "DROP TABLE \"a \"\"b\"\"\";",
        ),
        (
            "CREATE TRIGGER t AFTER INSERT ON photos BEGIN UPDATE photos SET title = \"some text\"; END; \
             ALTER TABLE \"photos\" RENAME COLUMN \"taken\" TO \"at\"; INSERT INTO \"photos\" (id) VALUES (1);",
            "DELETE FROM photos; ALTER TABLE \"photos\" RENAME COLUMN \"at\" TO \"taken\"; DROP TRIGGER t;",
        ),
        ("CREATE VIRTUAL TABLE f USING fts5 (title);", "DROP TABLE f;"),
    ] {
        let found = faults(&[PHOTOS, ("b2", "a1", upgrade, downgrade)])?;
        assert_eq!(found, [""; 0], "{upgrade}\n{downgrade}");
    }
    Ok(())
}

#[test]
fn a_parent_and_an_index_may_come_later() -> TestResult {
    let chain = [
        PHOTOS,
        ("b2", "a1", "CREATE TABLE faces (person REFERENCES people);", "DROP TABLE faces;"),
        ("c3", "b2", "CREATE TABLE people (id INTEGER PRIMARY KEY);", "DROP TABLE people;"),
        ("d4", "c3", "CREATE INDEX i ON faces (person);", "DROP INDEX i;"),
    ];
    assert_eq!(faults(&chain)?, [""; 0]);
    assert_eq!(notes(&chain)?, [""; 0]);
    Ok(())
}

#[test]
fn err_the_clock_and_random_in_a_statement_that_runs() -> TestResult {
    for upgrade in [
        "UPDATE photos SET taken = CURRENT_TIMESTAMP;",
        "UPDATE photos SET taken = current_date WHERE taken IS NULL;",
        "INSERT INTO photos (taken) VALUES (DateTime('NOW', '-1 day'));",
        "INSERT INTO photos (taken) SELECT strftime('%s');",
        "INSERT INTO photos (taken) VALUES (unixepoch());",
        "WITH t AS (SELECT julianday ( 'now' ) AS d) INSERT INTO photos (taken) SELECT d FROM t;",
        "DELETE FROM photos WHERE id IN (SELECT id FROM photos ORDER BY random() LIMIT 1);",
        "UPDATE photos SET title = lower(hex(randomblob(16)));",
        "UPDATE photos SET taken = datetime(taken, 'utc');",
        "UPDATE photos SET taken = strftime('%Y', taken, '+1 day', 'LocalTime');",
    ] {
        assert_eq!(faults(&upon_photos(upgrade))?, ["b2 clock-or-random"], "{upgrade}");
        let allowed = format!("Allow: clock-or-random|{upgrade}");
        assert_eq!(faults(&upon_photos(&allowed))?, [""; 0], "{upgrade}");
    }
    let copy = ("b2", "a1", "CREATE TABLE t AS SELECT date('now') AS d;", "DROP TABLE t;");
    assert_eq!(faults(&[PHOTOS, copy])?, ["b2 clock-or-random"]);
    Ok(())
}

#[test]
fn err_a_clause_that_hides_something() -> TestResult {
    for upgrade in [
        "CREATE TABLE IF NOT EXISTS Photos (name TEXT);",
        "CREATE VIEW IF NOT EXISTS photos AS SELECT 1;",
        "DROP TABLE IF EXISTS photo;",
        "DROP INDEX IF EXISTS main.\"no such\";",
        "drop view if exists shown;",
    ] {
        assert_eq!(faults(&upon_photos(upgrade))?, ["b2 if-exists"], "{upgrade}");
    }
    let told = said(&upon_photos("DROP TABLE IF EXISTS photo;"))?;
    assert!(told.iter().any(|problem| problem.help.starts_with("did you mean `photos`?")), "{told:#?}");
    Ok(())
}

#[test]
fn err_a_foreign_key_that_no_row_can_have() -> TestResult {
    for table in [
        "CREATE TABLE f (p REFERENCES photos (title));",
        "CREATE TABLE f (p REFERENCES photo);",
        "CREATE TABLE f (a, b, FOREIGN KEY (a, b) REFERENCES photos (id, title));",
        "CREATE TABLE f (p REFERENCES photos (title)); CREATE UNIQUE INDEX u ON photos (title) WHERE title > '';",
    ] {
        let downgrade = if table.contains("INDEX") { "DROP INDEX u; DROP TABLE f;" } else { "DROP TABLE f;" };
        let found = faults(&[PHOTOS, ("b2", "a1", table, downgrade)])?;
        assert_eq!(found, ["b2 foreign-key-mismatch"], "{table}");
    }
    Ok(())
}

#[test]
fn err_a_script_that_takes_the_parent_or_its_key_away_is_blamed() -> TestResult {
    let made = "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT); CREATE UNIQUE INDEX u ON people (name); \
                CREATE TABLE faces (person REFERENCES people (name));";
    let faces = ("b2", "a1", made, "DROP TABLE faces; DROP TABLE people;");
    for (upgrade, downgrade) in [
        ("DROP INDEX u;", "CREATE UNIQUE INDEX u ON people (name);"),
        (
            "DROP TABLE people;",
            "CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT); CREATE UNIQUE INDEX u ON people (name);",
        ),
    ] {
        let found = faults(&[PHOTOS, faces, ("c3", "b2", upgrade, downgrade)])?;
        assert_eq!(found, ["c3 foreign-key-mismatch"], "{upgrade}");
    }
    Ok(())
}

#[test]
fn err_a_typo_in_double_quotes() -> TestResult {
    let found = faults(&upon_photos("UPDATE photos SET title = \"takn\" WHERE \"title\" IS NULL;"))?;
    assert_eq!(found, ["b2 double-quoted-string"]);
    Ok(())
}

#[test]
fn err_rows_that_a_downgrade_throws_away() -> TestResult {
    let downgrade =
        "DROP TABLE photos; CREATE TABLE photos (id INTEGER PRIMARY KEY, title TEXT, taken TEXT);";
    let chain = [PHOTOS, ("b2", "a1", "ALTER TABLE photos ADD COLUMN x;", downgrade)];
    assert_eq!(faults(&chain)?, ["b2 drops-what-it-did-not-make"]);
    Ok(())
}

const REORDERED: &str = "ALTER TABLE photos DROP COLUMN title;";
const ADDED: &str = "ALTER TABLE photos ADD COLUMN title TEXT;";

#[test]
fn err_the_order_of_columns_is_a_finding_of_its_own() -> TestResult {
    assert_eq!(faults(&[PHOTOS, ("b2", "a1", REORDERED, ADDED)])?, ["b2 column-order"]);
    let allowed = format!("Allow: column-order|{REORDERED}");
    assert_eq!(faults(&[PHOTOS, ("b2", "a1", &allowed, ADDED)])?, [""; 0]);
    let other = ("b2", "a1", REORDERED, "ALTER TABLE photos ADD COLUMN title INTEGER;");
    assert_eq!(faults(&[PHOTOS, other])?, ["b2 not-reversed"]);
    Ok(())
}

#[test]
fn the_rebuild_that_is_shown_keeps_all_that_belongs_to_the_table() -> TestResult {
    let made = "CREATE TABLE \"my photos\" (id INTEGER PRIMARY KEY AUTOINCREMENT, \"a b\" TEXT, c TEXT UNIQUE ON CONFLICT REPLACE, \
        n INTEGER AS (id + 1) STORED, CHECK (\"my photos\".id > 0));
        INSERT INTO \"my photos\" (id, c) VALUES (9, 'x'); DELETE FROM \"my photos\";
        CREATE TABLE log (t_id INTEGER REFERENCES \"my photos\");
        CREATE INDEX ix_log ON log (t_id);
        CREATE INDEX ix_t ON \"my photos\" (c DESC) WHERE c IS NOT NULL;
        CREATE TRIGGER of_t AFTER INSERT ON \"my photos\" BEGIN INSERT INTO log VALUES (new.id); END;
        CREATE TRIGGER of_log AFTER DELETE ON log BEGIN DELETE FROM \"my photos\" WHERE id = old.t_id; END;
        CREATE VIEW shown AS SELECT id, c FROM \"my photos\";
        CREATE VIEW again AS SELECT c FROM shown;
        CREATE TRIGGER of_view INSTEAD OF DELETE ON shown BEGIN DELETE FROM \"my photos\" WHERE id = old.id; END;";
    let first =
        ("a1", "", made, "DROP VIEW again; DROP VIEW shown; DROP TABLE log; DROP TABLE \"my photos\";");
    let (up, down) = (
        "ALTER TABLE \"my photos\" DROP COLUMN \"a b\";",
        "ALTER TABLE \"my photos\" ADD COLUMN \"a b\" TEXT;",
    );
    let up = format!("Loses: my photos.a b|{up}");
    let reordered = faults_with_rows(&[first, ("b2", "a1", &up, down)])?;
    let [problem] = reordered.as_slice() else { return Err(format!("{reordered:#?}")) };
    assert_eq!(problem.code, "column-order");
    let rebuild = problem.notes.first().and_then(|note| note.strip_prefix("the rebuild:\n"));
    let mended = format!("{down}\n{}", rebuild.ok_or("no rebuild is shown")?);
    assert_eq!(faults_with_rows(&[first, ("b2", "a1", &up, &mended)])?, []);
    Ok(())
}

#[test]
fn notes_fail_nothing_and_are_switched_off() -> TestResult {
    let table = "CREATE TABLE tags (name TEXT PRIMARY KEY, photo REFERENCES photos);";
    let down = "DROP TABLE tags;";
    let found = notes(&[PHOTOS, ("b2", "a1", table, down)])?;
    assert_eq!(found, ["b2 nullable-primary-key", "b2 foreign-key-without-index"]);
    let allowed = format!("Allow: nullable-primary-key, foreign-key-without-index|{table}");
    assert_eq!(notes(&[PHOTOS, ("b2", "a1", &allowed, down)])?, [""; 0]);
    Ok(())
}

#[test]
fn err_allow_names_no_lint_or_needlessly() -> TestResult {
    let chain = [PHOTOS, ("b2", "a1", "Allow: if-exist, select-star|CREATE TABLE t (a);", "DROP TABLE t;")];
    assert_eq!(faults(&chain)?, ["b2 unknown-lint"]);
    assert_eq!(notes(&chain)?, ["b2 unused-allow"]);
    Ok(())
}

#[test]
fn copies_by_the_order_of_columns_and_what_is_gone_are_notes() -> TestResult {
    let copy = "CREATE TABLE n (id INTEGER PRIMARY KEY, title TEXT, taken TEXT); INSERT INTO n SELECT p.* FROM photos p; DROP TABLE n;";
    assert_eq!(notes(&upon_photos(copy))?, ["b2 select-star"]);
    let counts = "INSERT INTO photos (id) SELECT count(*) + 7 FROM photos; DELETE FROM photos;";
    assert_eq!(notes(&upon_photos(counts))?, [""; 0]);
    let rename =
        ("b2", "a1", "ALTER TABLE photos RENAME TO pictures;", "ALTER TABLE pictures RENAME TO photos;");
    assert_eq!(notes(&[PHOTOS, rename])?, ["b2 breaks-the-running-program"]);
    Ok(())
}
