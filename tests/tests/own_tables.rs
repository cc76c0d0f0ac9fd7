//! The version table and the ledger, as others may have modified them. An unusable version table is
//! rejected with a message. A damaged ledger does not stop a run. Rows that another row implies
//! have no effect.

use std::time::Duration;

use aludel::chain::Position;
use aludel::rusqlite::Connection;
use aludel::{At, Error, Status};
use tests::{Scratch, TestResult, columns, dump, failure, files};

/// ```text
///   b
///  / \\
/// a   d
///  \\ /
///   c
/// ```
fn diamond() -> std::io::Result<Scratch> {
    let scratch = Scratch::new()?;
    for (id, revises) in [("a", ""), ("b", "a"), ("c", "a")] {
        scratch.write(id, revises, &format!("CREATE TABLE t{id} (x);"), &format!("DROP TABLE t{id};"))?;
    }
    let nothing = "-- nothing to do: a merge point";
    scratch.write("d", "b, c", nothing, nothing)?;
    Ok(scratch)
}

const ENDLESS: &str = "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c)";

/// An expression that takes forever in a single function call.
const SLOW: &str = "instr(zeroblob(100000000), CAST(zeroblob(50000000) AS BLOB) || 'x')";

/// Returns SQL that redefines the version table with other columns, without evaluating anything.
/// `%` stands for the slow expression.
fn redefined(columns: &str) -> String {
    let columns = columns.replace('%', SLOW).replace('\'', "''");
    format!(
        "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE alembic_version ({columns})' WHERE name = 'alembic_version'"
    )
}

/// Returns cases: the SQL, the message after the name of the table, and `true` if the table can
/// still be read.
fn version_tables() -> Vec<(String, &'static str, bool)> {
    let of_text = |sql: &str, words, is_read| (sql.to_owned(), words, is_read);
    let alembics = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)";
    vec![
        (
            format!("CREATE VIEW alembic_version AS {ENDLESS} SELECT n || '' AS version_num FROM c"),
            "is a view",
            false,
        ),
        of_text("CREATE VIRTUAL TABLE alembic_version USING fts5(version_num)", "is a virtual table", false),
        of_text("CREATE INDEX alembic_version ON ta (x)", "is an index", false),
        of_text("CREATE TABLE alembic_version (version)", "has no column `version_num`", false),
        (
            format!(
                "CREATE TABLE alembic_version (x); INSERT INTO alembic_version VALUES (1); {}",
                redefined("x, version_num AS (%)")
            ),
            "has the generated column `version_num`",
            false,
        ),
        (
            format!("CREATE TABLE alembic_version (version_num, x AS ({SLOW}))"),
            "has the generated column `x`",
            false,
        ),
        (
            format!("{alembics}; {ENDLESS} INSERT INTO alembic_version SELECT n FROM c LIMIT 10001"),
            "has more than 10000 rows",
            false,
        ),
        (format!("{alembics}; INSERT INTO alembic_version VALUES (x'00ff')"), "contains a BLOB", false),
        (
            format!("{alembics}; INSERT INTO alembic_version VALUES (CAST(x'ff' AS TEXT))"),
            "contains text that is not UTF-8",
            false,
        ),
        of_text(
            "CREATE TABLE alembic_version (version_num); INSERT INTO alembic_version VALUES (NULL)",
            "contains NULL",
            false,
        ),
        of_text(
            "CREATE TABLE alembic_version (version_num); INSERT INTO alembic_version VALUES (1)",
            "contains an integer",
            false,
        ),
        (
            format!("{alembics}; INSERT INTO alembic_version VALUES (hex(zeroblob(1000000)))"),
            "contains a value of more than 255 bytes",
            false,
        ),
        of_text(
            "CREATE TABLE alembic_version (version_num); INSERT INTO alembic_version VALUES ('a'), ('a')",
            "lists revision `a` twice",
            false,
        ),
        (
            format!(
                "{alembics}; INSERT INTO alembic_version VALUES ('a'); CREATE TRIGGER t1 AFTER DELETE ON Alembic_Version BEGIN DELETE FROM ta; END"
            ),
            "has the trigger `t1`",
            true,
        ),
        (
            format!(
                "CREATE TABLE alembic_version (version_num); INSERT INTO alembic_version VALUES ('a'); {}",
                redefined("version_num CHECK (version_num <> %)")
            ),
            "has a CHECK",
            true,
        ),
        (
            format!("{alembics}; CREATE INDEX i1 ON alembic_version ({SLOW})"),
            "has the index `i1` with an expression or a WHERE clause",
            true,
        ),
        (
            format!("CREATE TABLE alembic_version (version_num, x DEFAULT ({SLOW}))"),
            "has a computed default for `x`",
            true,
        ),
    ]
}

#[test]
fn a_version_table_that_cannot_be_used_is_refused_with_its_defect() -> TestResult {
    for (sql, words, is_read) in version_tables() {
        let scratch = diamond()?;
        scratch.open()?.execute_batch(&format!("CREATE TABLE ta (x); {sql}"))?;
        let before = files(scratch.folder())?;
        let chain = scratch.chain()?;
        let migrator = chain.migrator();
        let open = || scratch.open();
        let mut errors = vec![
            failure(migrator.upgrade(&mut open()?, "heads"))?,
            failure(migrator.stamp(&mut open()?, "d"))?,
        ];
        if is_read {
            migrator.status(Some(&open()?))?;
            migrator.current(&open()?)?;
        } else {
            errors.extend([
                failure(migrator.downgrade(&mut open()?, "base"))?,
                failure(migrator.status(Some(&open()?)))?,
                failure(migrator.current(&open()?))?,
                failure(migrator.revisions(Some(&open()?)))?,
                failure(migrator.check(&open()?))?,
                failure(migrator.upgrade_to::<AtD>(open()?))?,
                failure(migrator.at::<AtD>(open()?))?,
            ]);
        }
        for error in errors {
            let printed = error.to_string();
            assert!(
                printed.starts_with(&format!("Aludel's own table `alembic_version` {words}")),
                "{printed}"
            );
            assert!(printed.ends_with("; nothing was changed") && error.hint().is_some(), "{printed}");
            assert_eq!(error.exit_code(), 1, "{printed}");
        }
        assert!(files(scratch.folder())? == before, "{sql}");
    }
    Ok(())
}

#[test]
fn rows_that_cannot_be_read_are_written_again_by_a_stamp_that_forgets_them() -> TestResult {
    for (sql, words, _) in version_tables() {
        let of_rows = ["holds", "lists", "has more than"];
        if !of_rows.iter().any(|beginning| words.starts_with(beginning)) {
            continue;
        }
        let scratch = diamond()?;
        scratch.open()?.execute_batch(&format!("CREATE TABLE ta (x); {sql}"))?;
        let chain = scratch.chain()?;
        chain.migrator().purge_and_stamp(&mut scratch.open()?, &["a"])?;
        assert_eq!(chain.migrator().current(&scratch.open()?)?, ["a"], "{words}");
        chain.migrator().upgrade(&mut scratch.open()?, "heads")?;
        assert_eq!(chain.migrator().status(Some(&scratch.open()?))?, Status::AtHead, "{words}");
    }
    Ok(())
}

/// Written rows are read back in the same transaction.
#[test]
fn a_version_table_that_does_not_keep_what_is_written_rolls_the_run_back() -> TestResult {
    for (table, from, to) in [
        ("version_num INTEGER PRIMARY KEY", "", "001"),
        ("version_num TEXT COLLATE NOCASE PRIMARY KEY ON CONFLICT IGNORE", "Ab", "aB"),
        ("version_num BLOB, UNIQUE (version_num COLLATE NOCASE) ON CONFLICT IGNORE", "Ab", "aB"),
    ] {
        let scratch = Scratch::new()?;
        scratch.write("001", "", "CREATE TABLE one (x);", "DROP TABLE one;")?;
        scratch.write("Ab", "", "CREATE TABLE upper (x);", "DROP TABLE upper;")?;
        scratch.write("aB", "", "CREATE TABLE lower (x);", "DROP TABLE lower;")?;
        let mut connection = scratch.open()?;
        connection.execute_batch(&format!("CREATE TABLE alembic_version ({table})"))?;
        let chain = scratch.chain()?;
        if !from.is_empty() {
            chain.migrator().upgrade(&mut connection, from)?;
        }
        let before = dump(&connection)?;
        let error = failure(chain.migrator().upgrade(&mut connection, to))?;
        assert!(matches!(error, Error::NotRecorded { .. }), "{table}: {error}");
        assert_eq!(error.exit_code(), 6);
        assert_eq!(dump(&connection)?, before, "{table}");
    }
    Ok(())
}

#[test]
fn a_damaged_ledger_stops_nothing() -> TestResult {
    let ledgers = [
        format!("DROP TABLE aludel_history; CREATE VIEW aludel_history AS {ENDLESS} SELECT n AS id, n || '' AS revision, 'x' AS state FROM c"),
        "DROP TABLE aludel_history; CREATE VIRTUAL TABLE aludel_history USING fts5(revision, state)".to_owned(),
        "DROP TABLE aludel_history; CREATE INDEX aludel_history ON ta (x)".to_owned(),
        format!("DROP TABLE aludel_history; CREATE TABLE aludel_history (id INTEGER PRIMARY KEY, revision, direction, checksum, state AS ({SLOW}))"),
        "CREATE INDEX i1 ON aludel_history (upper(revision))".to_owned(),
        "DROP TABLE aludel_history; CREATE TABLE aludel_history (id TEXT PRIMARY KEY, revision) WITHOUT ROWID".to_owned(),
        "DROP TABLE aludel_history; CREATE TABLE aludel_history (id INTEGER PRIMARY KEY, other NOT NULL)".to_owned(),
        "CREATE UNIQUE INDEX i1 ON aludel_history (version)".to_owned(),
        "UPDATE aludel_history SET id = 9223372036854775807".to_owned(),
        "UPDATE aludel_history SET revision = x'ff00'".to_owned(),
        "UPDATE aludel_history SET revision = CAST(x'ff' AS TEXT)".to_owned(),
        "UPDATE aludel_history SET revision = hex(zeroblob(1000000))".to_owned(),
        "UPDATE aludel_history SET checksum = zeroblob(1000000)".to_owned(),
        "UPDATE aludel_history SET direction = x'ff'".to_owned(),
    ];
    for sql in ledgers {
        let scratch = diamond()?;
        let chain = scratch.chain()?;
        let migrator = chain.migrator();
        migrator.upgrade(&mut scratch.open()?, "a")?;
        scratch.open()?.execute_batch(&sql)?;
        assert_eq!(migrator.status(Some(&scratch.open()?))?.exit_code(), 1, "{sql}");
        migrator.ledger(&scratch.open()?)?;
        let at_a = migrator.at::<AtA>(scratch.open()?)?;
        let warned = migrator.warnings(at_a.connection())?;
        let report = migrator.upgrade(&mut scratch.open()?, "heads")?;
        let printed = [warned, report.warnings].concat();
        assert!(
            printed.iter().any(|warning| warning.starts_with("the ledger `aludel_history` ")),
            "{sql}: {printed:?}"
        );
        assert_eq!(migrator.status(Some(&scratch.open()?))?, Status::AtHead, "{sql}");
        assert_eq!(migrator.upgrade_to::<AtD>(scratch.open()?)?.report().current, ["d"], "{sql}");
        migrator.stamp(&mut scratch.open()?, "a")?;
        migrator.stamp(&mut scratch.open()?, "d")?;
        migrator.downgrade(&mut scratch.open()?, "base")?;
        assert!(!columns(&scratch.open()?)?.contains_key("ta"), "{sql}");
    }
    Ok(())
}

#[test]
fn a_version_table_without_its_primary_key_is_warned_of_and_used() -> TestResult {
    let scratch = diamond()?;
    scratch.open()?.execute_batch(
        "CREATE TABLE ta (x); CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL); INSERT INTO alembic_version VALUES ('a')",
    )?;
    let chain = scratch.chain()?;
    let warnings = chain.migrator().warnings(&scratch.open()?)?;
    assert_eq!(warnings.len(), 1);
    assert!(
        warnings.concat().starts_with("the version table `alembic_version` has no primary key"),
        "{warnings:?}"
    );
    chain.migrator().upgrade(&mut scratch.open()?, "heads")?;
    assert_eq!(chain.migrator().status(Some(&scratch.open()?))?, Status::AtHead);
    Ok(())
}

#[test]
fn triggers_on_a_table_of_aludels_own_are_refused_before_anything_is_written() -> TestResult {
    for table in ["alembic_version", "aludel_history"] {
        for (kind, is_temporary) in [("TRIGGER", false), ("TEMP TRIGGER", true)] {
            let scratch = diamond()?;
            let chain = scratch.chain()?;
            chain.migrator().upgrade(&mut scratch.open()?, "a")?;
            let mut connection = scratch.open()?;
            connection.execute_batch(
                &format!(
                    "CREATE {kind} watching AFTER INSERT ON main.{table} BEGIN INSERT INTO ta VALUES (1); END"
                )
                .replace(
                    if is_temporary { "nothing" } else { "ON main." },
                    if is_temporary { "" } else { "ON " },
                ),
            )?;
            let before = dump(&connection)?;
            for error in [
                failure(chain.migrator().upgrade(&mut connection, "heads"))?,
                failure(chain.migrator().downgrade(&mut connection, "base"))?,
                failure(chain.migrator().stamp(&mut connection, "d"))?,
                failure(chain.migrator().purge_and_stamp(&mut connection, &["d"]))?,
            ] {
                let words = format!("Aludel's own table `{table}` has the trigger `watching`");
                assert!(error.to_string().starts_with(&words), "{error}");
            }
            assert_eq!(dump(&connection)?, before);
        }
    }
    Ok(())
}

/// A place in the diamond, as a type.
struct AtA;
struct AtD;

impl Position for AtA {
    type Chain = aludel::chain::Folder;
    const REVISIONS: &'static [&'static str] = &["a"];
}

impl Position for AtD {
    type Chain = aludel::chain::Folder;
    const REVISIONS: &'static [&'static str] = &["d"];
}

fn rows(connection: &Connection) -> aludel::rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("SELECT version_num FROM alembic_version ORDER BY 1")?;
    statement.query_map([], |row| row.get(0))?.collect()
}

/// Creates a database at a place, with additional rows that the place implies, as
/// `alembic stamp --purge` leaves them.
fn overlapping(at: &str, implied: &[&str]) -> Result<Scratch, Box<dyn std::error::Error>> {
    let scratch = diamond()?;
    let chain = scratch.chain()?;
    let mut connection = scratch.open()?;
    for target in at.split(' ') {
        chain.migrator().upgrade(&mut connection, target)?;
    }
    for row in implied {
        connection.execute("INSERT INTO alembic_version VALUES (?1)", [row])?;
    }
    Ok(scratch)
}

const OVERLAPPING: [(&str, &[&str]); 7] = [
    ("d", &["a"]),
    ("d", &["b"]),
    ("d", &["b", "c"]),
    ("d", &["a", "b", "c"]),
    ("b", &["a"]),
    ("b c", &["a"]),
    ("c", &["a"]),
];

#[test]
fn rows_that_another_row_implies_count_for_nothing() -> TestResult {
    for (at, implied) in OVERLAPPING {
        let scratch = overlapping(at, implied)?;
        let (chain, reduced) = (scratch.chain()?, overlapping(at, &[])?);
        let migrator = chain.migrator();
        let heads: Vec<&str> = at.split(' ').collect();
        assert_eq!(migrator.current(&scratch.open()?)?, heads);
        assert_eq!(migrator.status(Some(&scratch.open()?))?, migrator.status(Some(&reduced.open()?))?);
        let marked = |scratch: &Scratch| -> Result<_, Box<dyn std::error::Error>> {
            Ok(migrator.revisions(Some(&scratch.open()?))?)
        };
        assert_eq!(marked(&scratch)?, marked(&reduced)?);
        assert_eq!(migrator.warnings(&scratch.open()?)?.len(), implied.len());
        for target in ["base", "-1"] {
            let plan = |scratch: &Scratch| -> Result<_, Box<dyn std::error::Error>> {
                Ok(migrator.plan_downgrade(Some(&scratch.open()?), target).map_err(|error| error.to_string()))
            };
            assert_eq!(plan(&scratch)?, plan(&reduced)?, "{at} {implied:?}");
        }
    }
    Ok(())
}

#[test]
fn a_start_at_the_head_writes_nothing_beside_implied_rows() -> TestResult {
    for (at, implied) in OVERLAPPING.into_iter().filter(|(at, _)| *at == "d") {
        let scratch = overlapping(at, implied)?;
        let before = files(scratch.folder())?;
        let chain = scratch.chain()?;
        let migrator = chain.migrator();
        assert_eq!(migrator.upgrade(&mut scratch.open()?, "heads")?.current, ["d"]);
        let ready: At<AtD> = migrator.upgrade_to(scratch.open()?)?;
        assert_eq!(ready.report().current, ["d"]);
        drop(ready.open()?);
        drop(ready);
        drop(migrator.at::<AtD>(scratch.open()?)?);
        assert!(files(scratch.folder())? == before);
    }
    Ok(())
}

#[test]
fn what_changes_the_version_rows_removes_implied_ones() -> TestResult {
    for (at, implied) in OVERLAPPING {
        for target in ["base", "a", "b", "c", "d"] {
            let (scratch, reduced) = (overlapping(at, implied)?, overlapping(at, &[])?);
            let chain = scratch.chain()?;
            let migrator = chain.migrator();
            let outcome = |scratch: &Scratch, action: &str| -> Result<_, Box<dyn std::error::Error>> {
                let mut connection = scratch.open()?;
                let ended = match action {
                    "upgrade" => migrator.upgrade(&mut connection, target),
                    "downgrade" => migrator.downgrade(&mut connection, target),
                    _ => migrator.stamp(&mut connection, target),
                };
                let has_run = ended.as_ref().is_ok_and(|report| action == "stamp" || !report.ran.is_empty());
                let mut tables = columns(&connection)?;
                tables.retain(|name, _| name.starts_with('t'));
                let ended = ended.map(|report| report.current).map_err(|error| error.to_string());
                Ok((has_run, ended, tables, rows(&connection)?))
            };
            for action in ["upgrade", "downgrade", "stamp"] {
                let (found, expected) = (outcome(&scratch, action)?, outcome(&reduced, action)?);
                assert_eq!(
                    (&found.1, &found.2),
                    (&expected.1, &expected.2),
                    "{at} {implied:?} {action} {target}"
                );
                if found.0 {
                    assert_eq!(found.3, expected.3, "{at} {implied:?} {action} {target}");
                    break;
                }
            }
        }
    }
    let scratch = overlapping("d", &["a", "b"])?;
    let report = scratch.chain()?.migrator().downgrade(&mut scratch.open()?, "base")?;
    assert_eq!(report.implied_rows, ["a", "b"]);
    Ok(())
}

#[test]
fn a_plan_runs_only_where_it_starts() -> TestResult {
    let scratch = diamond()?;
    let chain = scratch.chain()?;
    let migrator = chain.migrator();
    let mut connection = scratch.open()?;
    let up = migrator.plan_upgrade(Some(&connection), "b")?;
    let stamp = migrator.plan_stamp(Some(&connection), &["a"])?;
    migrator.upgrade(&mut connection, "c")?;
    let down = migrator.plan_downgrade(Some(&connection), "a")?;
    let before = dump(&connection)?;
    for error in
        [failure(migrator.run(&mut connection, &up))?, failure(migrator.record(&mut connection, &stamp))?]
    {
        let Error::Moved { expected, found } = &error else { return Err(error.into()) };
        assert_eq!(
            (expected.as_slice(), found.as_slice(), error.exit_code()),
            (&[][..], &["c".to_owned()][..], 1)
        );
    }
    assert_eq!(dump(&connection)?, before);
    let ran = migrator.run(&mut connection, &down)?.ran;
    assert_eq!(ran.iter().map(|ran| ran.revision.as_str()).collect::<Vec<_>>(), ["c"]);
    let error = failure(migrator.run(&mut connection, &down))?;
    assert!(matches!(error, Error::Moved { .. }), "{error}");
    Ok(())
}

#[test]
fn a_connection_waits_for_locks_as_long_as_before() -> TestResult {
    let scratch = diamond()?;
    let chain = scratch.chain()?;
    let migrator = chain.migrator();
    let waits =
        |connection: &Connection| connection.query_row("PRAGMA busy_timeout", [], |row| row.get::<_, i64>(0));
    for limit in [0, 1234, 60_000] {
        let mut connection = scratch.open()?;
        connection.busy_timeout(Duration::from_millis(limit))?;
        let limit = i64::try_from(limit)?;
        migrator.status(Some(&connection))?;
        assert_eq!(waits(&connection)?, limit, "after a status");
        migrator.upgrade(&mut connection, "heads")?;
        assert_eq!(waits(&connection)?, limit, "after a run");
        failure(migrator.upgrade(&mut connection, "nowhere"))?;
        assert_eq!(waits(&connection)?, limit, "after an error");
        migrator.stamp(&mut connection, "d")?;
        assert_eq!(waits(&connection)?, limit, "after a stamp");
        let mut connection = migrator.upgrade_to::<AtD>(connection)?.into_connection();
        assert_eq!(waits(&connection)?, limit, "after a start at the head");
        migrator.downgrade(&mut connection, "base")?;
        let connection = migrator.upgrade_to::<AtD>(connection)?.into_connection();
        assert_eq!(waits(&connection)?, limit, "after a start");
    }
    let prepared = chain.migrator().prepare(|connection| connection.busy_timeout(Duration::from_millis(77)));
    let connection = prepared.upgrade_to::<AtD>(scratch.open()?)?.into_connection();
    assert_eq!(waits(&connection)?, 77, "what the hook sets stays");
    Ok(())
}
