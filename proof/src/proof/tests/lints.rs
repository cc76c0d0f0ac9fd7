//! Tests of what the lints report and what they accept.

use aludel_core::problem::{Problem, Severity};

use super::{PHOTOS, Script, TestResult, faults, faults_in_order, faults_with_rows, notes, problems_of};

/// Returns a chain with a script after `photos` that changes only rows.
fn upon_photos(upgrade: &str) -> [Script<'_>; 2] {
    [PHOTOS, ("b2", "a1", upgrade, "-- nothing to do: rows only")]
}

#[test]
fn honest_scripts_are_left_alone() -> TestResult {
    for (upgrade, downgrade) in [
        // The program evaluates these expressions, not the script.
        (
            "CREATE TABLE t (at TEXT DEFAULT CURRENT_TIMESTAMP, r DEFAULT (random()), CHECK (at > date('now')));",
            "DROP TABLE t;",
        ),
        ("CREATE VIEW today AS SELECT * FROM photos WHERE taken = date('now');", "DROP VIEW today;"),
        (
            "CREATE TRIGGER t AFTER INSERT ON photos BEGIN UPDATE photos SET taken = datetime('now'); END;",
            "DROP TRIGGER t;",
        ),
        // Values in rows, and text and names that look like a call.
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
        // A downgrade that rebuilds a table, and one that drops objects that were dropped with
        // their table.
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
        // Foreign keys: to the rowid, to a unique index that is created later, to two columns, to
        // the same table.
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
        // Double-quoted names, and double-quoted strings that are not typos.
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
    let found = problems_of(&upon_photos("DROP TABLE IF EXISTS photo;"))?;
    assert!(found.iter().any(|problem| problem.help().starts_with("did you mean `photos`?")), "{found:#?}");
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
    let codes = |scripts: &[Script<'_>]| -> Result<Vec<&'static str>, String> {
        let found = faults_in_order(scripts)?.into_iter().map(|problem| problem.code());
        Ok(found.filter(|code| *code != "undeclared-loss").collect())
    };
    assert_eq!(codes(&[PHOTOS, ("b2", "a1", REORDERED, ADDED)])?, ["column-order"]);
    let allowed = format!("Allow: column-order|{REORDERED}");
    assert_eq!(codes(&[PHOTOS, ("b2", "a1", &allowed, ADDED)])?, [""; 0]);
    assert_eq!(faults(&[PHOTOS, ("b2", "a1", REORDERED, ADDED)])?, [""; 0]);
    assert_eq!(
        notes(&[PHOTOS, ("b2", "a1", &allowed, ADDED)])?,
        notes(&[PHOTOS, ("b2", "a1", REORDERED, ADDED)])?
    );
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
    let reordered = faults_in_order(&[first, ("b2", "a1", &up, down)])?;
    let [problem] = reordered.as_slice() else { return Err(format!("{reordered:#?}")) };
    assert_eq!(problem.code(), "column-order");
    let rebuild = problem.notes.first().and_then(|note| note.strip_prefix("the rebuild:\n"));
    let mended = format!("{down}\n{}", rebuild.ok_or("no rebuild is shown")?);
    assert_eq!(faults_in_order(&[first, ("b2", "a1", &up, &mended)])?, []);
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

/// Returns the text at the place of each problem with this code.
fn places(scripts: &[Script<'_>], code: &str) -> Result<Vec<String>, String> {
    let problems = problems_of(scripts)?.into_iter().filter(|problem| problem.code() == code);
    let line = |problem: Problem| {
        let place = problem.place.as_ref()?;
        let text = place.source.text.get(..place.span.end)?;
        text.lines().last().map(str::to_owned)
    };
    Ok(problems.filter_map(line).collect())
}

#[test]
fn a_note_stands_at_the_table_that_it_is_about() -> TestResult {
    let two: Script<'_> = (
        "a1",
        "",
        "CREATE TABLE a (id INTEGER PRIMARY KEY, k TEXT); CREATE TABLE b (id INTEGER PRIMARY KEY, k TEXT);",
        "DROP TABLE b; DROP TABLE a;",
    );
    let rebuilt = |table: &str, columns: &str| {
        format!(
            "CREATE TABLE new_{table} (id INTEGER PRIMARY KEY{columns});\nINSERT INTO new_{table} (id) SELECT id FROM {table};\nDROP TABLE {table};\nALTER TABLE new_{table} RENAME TO {table};\n"
        )
    };
    let goes = format!("{}{}", rebuilt("a", ", k TEXT"), rebuilt("b", ""));
    let moves = "ALTER TABLE a RENAME COLUMN k TO kk;\nALTER TABLE b RENAME TO c;\nALTER TABLE c RENAME COLUMN k TO b;\nALTER TABLE c RENAME TO b;";
    for (upgrade, places_of_b) in [
        (
            "ALTER TABLE a RENAME COLUMN k TO kk;\nALTER TABLE b RENAME COLUMN k TO kk;",
            "ALTER TABLE b RENAME COLUMN k",
        ),
        (
            "ALTER TABLE a DROP COLUMN k;\nALTER TABLE main.b DROP COLUMN k;",
            "ALTER TABLE main.b DROP COLUMN k",
        ),
        (&goes, "DROP TABLE b"),
        (moves, "ALTER TABLE c RENAME COLUMN k"),
    ] {
        let script: Script<'_> = ("b2", "a1", upgrade, "SELECT 1;");
        let found = places(&[two, script], "breaks-the-running-program")?;
        assert_eq!(found.last().map(String::as_str), Some(places_of_b), "{upgrade}: {found:?}");
    }
    Ok(())
}

#[test]
fn a_note_on_a_foreign_key_stands_where_its_own_table_is_made() -> TestResult {
    let keys = "CREATE TABLE a (id INTEGER PRIMARY KEY, p INTEGER REFERENCES photos, UNIQUE (p));\nCREATE TABLE new_b (id INTEGER PRIMARY KEY,\n p INTEGER REFERENCES photos);\nALTER TABLE new_b RENAME TO b;";
    let scripts = [PHOTOS, ("b2", "a1", keys, "DROP TABLE b; DROP TABLE a;")];
    assert_eq!(places(&scripts, "foreign-key-without-index")?, [" p INTEGER REFERENCES photos"]);
    Ok(())
}

#[test]
fn what_a_help_text_writes_as_sql_runs() -> TestResult {
    for (table, column) in [("order", "group"), ("a b", "c\"d"), ("x-y", "1st"), ("plain", "p")] {
        let quoted = |name: &str| format!("\"{}\"", name.replace('"', "\"\""));
        let (table, column) = (quoted(table), quoted(column));
        let made =
            format!("CREATE TABLE {table} (id INTEGER PRIMARY KEY, {column} INTEGER REFERENCES photos);");
        let drop = format!("DROP TABLE {table};");
        let keys: Script<'_> = ("b2", "a1", &made, &drop);
        let problems = problems_of(&[PHOTOS, keys])?;
        let help = problems.iter().find(|problem| problem.code() == "foreign-key-without-index");
        let help = help.ok_or("no note")?.help();
        let statement = help.split('`').rfind(|part| part.starts_with("CREATE INDEX")).ok_or(help.clone())?;
        let as_it_says: Script<'_> = ("c3", "b2", statement, "SELECT 1;");
        let after = problems_of(&[PHOTOS, keys, as_it_says])?;
        let codes: Vec<&str> = after.iter().map(aludel_core::problem::Problem::code).collect();
        assert!(
            !codes.contains(&"script-fails") && !codes.contains(&"foreign-key-without-index"),
            "{statement}: {codes:?}"
        );
    }
    Ok(())
}

#[test]
fn a_word_in_double_quotes_is_a_column_only_of_a_table_in_its_statement() -> TestResult {
    let base: Script<'_> = (
        "a1",
        "",
        "CREATE TABLE media (id INTEGER PRIMARY KEY, name TEXT, kind TEXT); CREATE TABLE files (id INTEGER PRIMARY KEY, episode INTEGER, tile TEXT, medium TEXT);",
        "DROP TABLE files; DROP TABLE media;",
    );
    for (upgrade, is_fault) in [
        ("CREATE INDEX i ON media (name) WHERE NOT kind = \"episodes\";", false),
        ("UPDATE media SET name = name WHERE kind = \"file\";", false),
        ("UPDATE media SET kind = kind WHERE name = \"files\";", false),
        ("UPDATE media SET kind = kind WHERE name = \"knd\";", true),
        ("UPDATE files SET id = id WHERE \"episodes\" = 1;", true),
        ("UPDATE media SET id = id WHERE EXISTS (SELECT 1 FROM main.files WHERE \"tiles\" = name);", true),
    ] {
        let found = problems_of(&[base, ("b2", "a1", upgrade, "-- nothing to do: values only")])?;
        let lint = found.iter().find(|problem| problem.code() == "double-quoted-string").ok_or(upgrade)?;
        assert_eq!(lint.severity == Severity::Fault, is_fault, "{upgrade}: {}", lint.help());
    }
    Ok(())
}

#[test]
fn what_a_program_can_bring_along_is_declared_in_the_header() -> TestResult {
    for upgrade in [
        "UPDATE photos SET title = normalize(title, 'nfc');",
        "CREATE TABLE t (a TEXT COLLATE words);  CREATE INDEX i ON t (a);",
        "CREATE VIRTUAL TABLE t USING spellfix1;",
    ] {
        let found = problems_of(&[PHOTOS, ("b2", "a1", upgrade, "SELECT 1;")])?;
        let fails = found.iter().find(|problem| problem.code() == "script-fails").ok_or(upgrade)?;
        assert!(fails.help().contains("-- Unproved: <reason>"), "{upgrade}: {}", fails.help());
    }
    Ok(())
}

#[test]
fn err_a_parent_that_was_renamed_first_and_dropped_then() -> TestResult {
    let base: Script<'_> = (
        "a1",
        "",
        "CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT NOT NULL); CREATE TABLE posts (id INTEGER PRIMARY KEY, author INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE);",
        "DROP TABLE posts; DROP TABLE users;",
    );
    let rebuild: Script<'_> = (
        "b2",
        "a1",
        "ALTER TABLE users RENAME TO users_old; CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO users (id, name) SELECT id, name FROM users_old; DROP TABLE users_old;",
        "SELECT 1;",
    );
    let found = problems_of(&[base, rebuild])?.into_iter().chain(faults_with_rows(&[base, rebuild])?);
    let helps: Vec<String> = found
        .filter(|problem| ["foreign-key-mismatch", "dangling-rows"].contains(&problem.code()))
        .map(|problem| problem.help())
        .collect();
    assert!(!helps.is_empty());
    for help in helps {
        assert!(
            help.contains("`ALTER TABLE users RENAME TO users_old` made the foreign key of `posts`"),
            "{help}"
        );
        assert!(help.contains("under a different name") && !help.contains("delete"), "{help}");
    }
    Ok(())
}

/// A script whose downgrade changes the order of the columns of `photos`, and statements around it
/// that depend on that order.
#[test]
fn err_statements_that_go_by_an_order_which_a_downgrade_changes() -> TestResult {
    let nothing = "-- nothing to do: rows only";
    let log = "CREATE TABLE log (a, b, c);";
    for (before, after, expected) in [
        ("SELECT 1;", "INSERT INTO photos VALUES (1, 'x', 'y');", "c3"),
        ("SELECT 1;", "INSERT OR IGNORE INTO main.photos SELECT 1, 'x', 'y';", "c3"),
        ("SELECT 1;", "INSERT INTO log SELECT * FROM photos;", "c3"),
        ("SELECT 1;", "INSERT INTO log (a, b, c) SELECT p.* FROM log AS l JOIN photos AS p;", "c3"),
        ("SELECT 1;", "INSERT INTO log SELECT * FROM (SELECT * FROM photos);", "c3"),
        ("SELECT 1;", "WITH p AS (SELECT * FROM photos) INSERT INTO photos SELECT 1, 2, 3;", "c3"),
        ("INSERT INTO photos VALUES (1, 'x', 'y');", "SELECT 1;", "b1"),
        (
            "CREATE TRIGGER t AFTER INSERT ON log BEGIN INSERT INTO photos VALUES (1, 'x', 'y'); END;",
            "SELECT 1;",
            "b2",
        ),
        (
            "SELECT 1;",
            "ALTER TABLE photos RENAME TO p; INSERT INTO p VALUES (1, 'x', 'y'); ALTER TABLE p RENAME TO photos;",
            "c3",
        ),
        ("SELECT 1;", "INSERT INTO photos (id, title, taken) VALUES (1, 'x', 'y');", ""),
        ("SELECT 1;", "INSERT INTO photos DEFAULT VALUES;", ""),
        ("SELECT 1;", "INSERT INTO log SELECT * FROM (SELECT id, title, taken FROM photos);", ""),
        ("SELECT 1;", "INSERT INTO log SELECT count(*), 1, 2 FROM photos;", ""),
        ("SELECT 1;", "INSERT INTO log SELECT * FROM log;", ""),
        (
            "SELECT 1;",
            "CREATE TABLE n (id INTEGER PRIMARY KEY, title TEXT, taken TEXT); INSERT INTO n (id, title, taken) SELECT id, title, taken FROM photos; DROP TABLE photos; ALTER TABLE n RENAME TO photos; INSERT INTO photos VALUES (1, 'x', 'y');",
            "",
        ),
    ] {
        let made = format!("{log} {before}");
        let down =
            if before.contains("TRIGGER") { "DROP TRIGGER t; DROP TABLE log;" } else { "DROP TABLE log;" };
        let reorders = "ALTER TABLE photos DROP COLUMN title; ALTER TABLE photos ADD COLUMN title TEXT;";
        let scripts = [
            PHOTOS,
            ("b1", "a1", made.as_str(), down),
            ("b2", "b1", "SELECT 1;", reorders),
            ("c3", "b2", after, nothing),
        ];
        let found = faults(&scripts)?;
        let by_position: Vec<&String> = found.iter().filter(|fault| fault.ends_with("by-position")).collect();
        let ids: Vec<&str> = by_position.iter().filter_map(|fault| fault.split(' ').next()).collect();
        let expected: Vec<&str> = expected.split(' ').filter(|id| !id.is_empty()).collect();
        assert_eq!(ids, expected, "{before} / {after}: {found:?}");
    }
    Ok(())
}

/// A downgrade that recreates a table in different words.
#[test]
fn a_downgrade_may_use_other_words_for_the_same_key() -> TestResult {
    let base: Script<'_> = (
        "a1",
        "",
        "CREATE TABLE p (id INTEGER PRIMARY KEY, k TEXT UNIQUE); CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p);",
        "DROP TABLE c; DROP TABLE p;",
    );
    for (key, expected) in [("p (id)", ""), ("P", ""), ("p (k)", "b2 not-reversed")] {
        let down = format!(
            "CREATE TABLE new_c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES {key}); INSERT INTO new_c (id, p) SELECT id, p FROM c; DROP TABLE c; ALTER TABLE new_c RENAME TO c;"
        );
        let found = faults(&[base, ("b2", "a1", "ALTER TABLE c ADD COLUMN name TEXT;", &down)])?;
        assert_eq!(found.join(" "), expected, "{key}");
    }
    Ok(())
}

#[test]
fn err_a_check_that_leaves_its_column_before_a_later_script_drops_it() -> TestResult {
    let base: Script<'_> = (
        "a1",
        "",
        "CREATE TABLE notes (id INTEGER PRIMARY KEY, body TEXT, kind TEXT CHECK (kind IN ('a', 'b')));",
        "DROP TABLE notes;",
    );
    let rebuilt = |columns: &str| {
        format!(
            "CREATE TABLE new_notes (id INTEGER PRIMARY KEY, body TEXT, {columns}); INSERT INTO new_notes (id, body, kind) SELECT id, body, kind FROM notes; DROP TABLE notes; ALTER TABLE new_notes RENAME TO notes;"
        )
    };
    let (beside, after) =
        (rebuilt("kind TEXT CHECK (kind IN ('a', 'b'))"), rebuilt("kind TEXT, CHECK (kind IN ('a', 'b'))"));
    let add = "ALTER TABLE notes ADD COLUMN title TEXT;";
    let drops: Script<'_> = (
        "c3",
        "b2",
        "ALTER TABLE notes DROP COLUMN kind;",
        "ALTER TABLE notes ADD COLUMN kind TEXT CHECK (kind IN ('a', 'b'));",
    );
    let kept: Script<'_> =
        ("c3", "b2", "ALTER TABLE notes DROP COLUMN body;", "ALTER TABLE notes ADD COLUMN body TEXT;");
    let reported = |down: &str, later: Script<'_>| -> Result<Vec<String>, String> {
        let found = faults(&[base, ("b2", "a1", add, down), later])?;
        Ok(found.into_iter().filter(|fault| fault.starts_with("b2 ")).collect())
    };
    assert_eq!(reported(&beside, drops)?, [""; 0]);
    assert_eq!(reported(&after, kept)?, [""; 0]);
    assert_eq!(reported(&after, drops)?, ["b2 not-reversed"]);
    Ok(())
}
