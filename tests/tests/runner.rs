//! Upgrade and downgrade: the target of a run, its atomicity, and the error if it fails.

use std::fs;
use std::time::Duration;

use aludel::chain::Position;
use aludel::rusqlite::{Connection, ErrorCode, OpenFlags};
use aludel::{At, Direction, Error, Report};
use tests::{Scratch, TestResult, dump, failure, files};

mod photosafe {
    aludel::embed_migrations!("migrations");
}

/// Creates `a <- b <- c`, with one table each.
fn three() -> std::io::Result<Scratch> {
    let scratch = Scratch::new()?;
    for (id, revises) in [("a1", ""), ("b1", "a1"), ("c1", "b1")] {
        table(&scratch, id, revises)?;
    }
    Ok(scratch)
}

fn table(scratch: &Scratch, id: &str, revises: &str) -> std::io::Result<()> {
    scratch.write(id, revises, &format!("CREATE TABLE t{id} (x);"), &format!("DROP TABLE t{id};"))
}

fn up(scratch: &Scratch, target: &str) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    Ok(scratch.chain()?.migrator().upgrade(&mut scratch.open()?, target)?.current)
}

fn down(scratch: &Scratch, target: &str) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    Ok(scratch.chain()?.migrator().downgrade(&mut scratch.open()?, target)?.current)
}

fn version_rows(connection: &Connection) -> aludel::rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare("SELECT version_num FROM alembic_version ORDER BY 1")?;
    statement.query_map([], |row| row.get(0))?.collect()
}

#[test]
fn words_for_a_place_lead_there() -> TestResult {
    let scratch = three()?;
    for (target, expected) in [("+1", "a1"), ("b", "b1"), ("+1", "c1"), ("head", "c1"), ("b1", "c1")] {
        assert_eq!(up(&scratch, target)?, [expected], "{target}");
        assert_eq!(version_rows(&scratch.open()?)?, [expected], "{target}");
    }
    for (target, expected) in [("-1", "b1"), ("a", "a1")] {
        assert_eq!(down(&scratch, target)?, [expected], "{target}");
    }
    up(&scratch, "head")?;
    assert!(down(&scratch, "base")?.is_empty());
    let connection = scratch.open()?;
    assert!(version_rows(&connection)?.is_empty());
    let left: i64 =
        connection
            .query_row("SELECT count(*) FROM sqlite_schema WHERE name LIKE 't_1'", [], |row| row.get(0))?;
    assert_eq!(left, 0);
    Ok(())
}

#[test]
fn a_report_says_what_ran_in_order() -> TestResult {
    let scratch = three()?;
    let report: Report = scratch.chain()?.migrator().upgrade(&mut scratch.open()?, "head")?;
    let ran: Vec<_> = report.ran.iter().map(|ran| (ran.direction, ran.revision.as_str())).collect();
    assert_eq!(ran, ["a1", "b1", "c1"].map(|id| (Direction::Upgrade, id)));
    let report = scratch.chain()?.migrator().downgrade(&mut scratch.open()?, "a1")?;
    let ran: Vec<_> = report.ran.iter().map(|ran| (ran.direction, ran.revision.as_str())).collect();
    assert_eq!(ran, ["c1", "b1"].map(|id| (Direction::Downgrade, id)));
    Ok(())
}

#[test]
fn a_target_that_leads_nowhere_is_refused_and_nothing_changes() -> TestResult {
    let scratch = three()?;
    up(&scratch, "b1")?;
    let before = files(scratch.folder())?;
    let chain = scratch.chain()?;
    let migrator = chain.migrator();
    for (target, code) in [("zz", 2), ("+2", 2), ("-1", 2), ("", 2)] {
        let error = failure(migrator.upgrade(&mut scratch.open()?, target))?;
        assert_eq!(error.exit_code(), code, "{target}: {error}");
    }
    for (target, code) in [("zz", 2), ("-3", 2), ("+1", 2), ("c1", 1)] {
        let error = failure(migrator.downgrade(&mut scratch.open()?, target))?;
        assert_eq!(error.exit_code(), code, "{target}: {error}");
    }
    assert!(files(scratch.folder())? == before);
    Ok(())
}

/// ```text
/// a <- b <- d (merges b, c)
///   <- c <-
/// ```
#[test]
fn downgrade_from_a_merge_point_restores_both_rows() -> TestResult {
    let scratch = Scratch::new()?;
    for (id, revises) in [("a1", ""), ("b1", "a1"), ("c1", "a1")] {
        table(&scratch, id, revises)?;
    }
    scratch.write("d1", "b1, c1", "-- nothing to do: a merge", "-- nothing to do: a merge")?;
    assert_eq!(up(&scratch, "head")?, ["d1"]);
    assert_eq!(version_rows(&scratch.open()?)?, ["d1"]);
    let error = failure(scratch.chain()?.migrator().downgrade(&mut scratch.open()?, "-1"))?;
    assert_eq!(error.exit_code(), 2, "two ways lead down: {error}");
    assert_eq!(down(&scratch, "b1")?, ["b1", "c1"]);
    assert_eq!(version_rows(&scratch.open()?)?, ["b1", "c1"]);
    assert_eq!(down(&scratch, "a1")?, ["a1"]);
    assert_eq!(up(&scratch, "head")?, ["d1"]);
    Ok(())
}

/// The chain is `a1 <- a2`, and `b1 <- b2`, where `b2` depends on `a2`. Alembic keeps no row that
/// another row implies.
#[test]
fn a_dependency_that_another_row_implies_has_no_row() -> TestResult {
    let scratch = Scratch::new()?;
    for (id, revises) in [("a1", ""), ("a2", "a1"), ("b1", "")] {
        table(&scratch, id, revises)?;
    }
    let dependent = tests::script("b2", "b1\n-- Depends On: a2", "CREATE TABLE tb2 (x);", "DROP TABLE tb2;");
    scratch.write_file("b2_script.sql", dependent.as_bytes())?;
    assert_eq!(up(&scratch, "a2")?, ["a2"]);
    assert_eq!(up(&scratch, "b1")?, ["a2", "b1"]);
    assert_eq!(up(&scratch, "heads")?, ["b2"]);
    assert_eq!(version_rows(&scratch.open()?)?, ["b2"]);
    assert_eq!(down(&scratch, "b1")?, ["a2", "b1"]);
    assert_eq!(version_rows(&scratch.open()?)?, ["a2", "b1"]);
    up(&scratch, "heads")?;
    let report = scratch.chain()?.migrator().downgrade(&mut scratch.open()?, "a1")?;
    let ran: Vec<_> = report.ran.iter().map(|ran| ran.revision.as_str()).collect();
    assert_eq!(
        (ran, version_rows(&scratch.open()?)?),
        (vec!["b2", "a2"], vec!["a1".to_owned(), "b1".to_owned()])
    );
    Ok(())
}

#[test]
fn several_bases_have_a_row_each() -> TestResult {
    let scratch = Scratch::new()?;
    table(&scratch, "a1", "")?;
    table(&scratch, "b1", "")?;
    let error = failure(scratch.chain()?.migrator().upgrade(&mut scratch.open()?, "head"))?;
    assert_eq!(error.exit_code(), 2);
    assert!(error.to_string().contains("`a1`, `b1`"), "{error}");
    assert_eq!(up(&scratch, "heads")?, ["a1", "b1"]);
    assert!(down(&scratch, "base")?.is_empty());
    Ok(())
}

/// Creates a chain whose last script fails on a row that the proof cannot know about.
fn fails_at_the_last(scratch: &Scratch) -> TestResult {
    scratch.write("r0", "", "CREATE TABLE names (name TEXT);", "DROP TABLE names;")?;
    for number in 1..20 {
        let (id, revises) = (format!("r{number}"), format!("r{}", number - 1));
        scratch.write(
            &id,
            &revises,
            &format!("CREATE TABLE t{number} (x); INSERT INTO names VALUES ('new {number}');"),
            &format!("DELETE FROM names WHERE name = 'new {number}'; DROP TABLE t{number};"),
        )?;
    }
    scratch.write("r20", "r19", "CREATE UNIQUE INDEX once ON names (name);", "DROP INDEX once;")?;
    Ok(())
}

#[test]
fn a_run_that_fails_at_its_last_script_changes_no_byte() -> TestResult {
    for mode in ["delete", "wal"] {
        let scratch = Scratch::new()?;
        fails_at_the_last(&scratch)?;
        scratch.open()?.execute_batch(&format!("PRAGMA journal_mode = {mode}"))?;
        up(&scratch, "r0")?;
        scratch.open()?.execute_batch("INSERT INTO names VALUES ('twice'), ('twice')")?;
        let (before, content) = (files(scratch.folder())?, dump(&scratch.open()?)?);
        let error = failure(scratch.chain()?.migrator().upgrade(&mut scratch.open()?, "head"))?;
        assert_eq!(error.exit_code(), 6);
        assert_eq!(dump(&scratch.open()?)?, content, "{mode}");
        assert!(mode == "wal" || files(scratch.folder())? == before);
        scratch.open()?.execute_batch("DELETE FROM names WHERE rowid = 1")?;
        assert_eq!(up(&scratch, "head")?, ["r20"]);
    }
    Ok(())
}

#[test]
fn a_downgrade_that_fails_at_its_last_script_changes_no_byte() -> TestResult {
    let scratch = Scratch::new()?;
    table(&scratch, "a1", "")?;
    scratch.write(
        "b1",
        "a1",
        "CREATE TABLE kept (x);",
        "CREATE UNIQUE INDEX once ON kept (x); DROP TABLE kept;",
    )?;
    table(&scratch, "c1", "b1")?;
    up(&scratch, "head")?;
    scratch.open()?.execute_batch("INSERT INTO kept VALUES (1), (1)")?;
    let before = files(scratch.folder())?;
    let error = failure(scratch.chain()?.migrator().downgrade(&mut scratch.open()?, "base"))?;
    assert!(
        error
            .to_string()
            .starts_with("the downgrade of revision `b1` failed at migrations/b1_script.sql:10:1"),
        "{error}"
    );
    assert!(files(scratch.folder())? == before);
    Ok(())
}

const BREAKS: &str = "-- Breaks
--
-- Revision ID: b1
-- Revises: a1

-- upgrade
INSERT INTO things (size) VALUES (7);
UPDATE things
   SET size = 'größe' || weight,
       weight = 1
 WHERE size > 0;
-- after it
SELECT 1;

-- downgrade
-- nothing to do: rows stay
";

#[test]
fn a_failure_names_file_line_column_and_statement() -> TestResult {
    let scratch = Scratch::new()?;
    scratch.write("a1", "", "CREATE TABLE things (size, weight);", "DROP TABLE things;")?;
    scratch.write_file("2026_01_15_1030-b1_breaks.sql", BREAKS.as_bytes())?;
    up(&scratch, "a1")?;
    scratch.open()?.execute_batch("ALTER TABLE things DROP COLUMN weight")?;
    let Error::Failed(failed) = failure(scratch.chain()?.migrator().upgrade(&mut scratch.open()?, "head"))?
    else {
        return Err("another error".into());
    };
    assert_eq!((failed.direction, failed.revision.as_str()), (Direction::Upgrade, "b1"));
    assert_eq!(failed.file, "migrations/2026_01_15_1030-b1_breaks.sql");
    assert_eq!((failed.line, failed.column), (9, 26));
    assert_eq!(failed.message, "no such column: weight");
    let expected = " 8 | UPDATE things\n 9 |    SET size = 'größe' || weight,\n10 |        weight = 1\n11 |  WHERE size > 0;";
    assert_eq!(failed.statement, expected);
    assert_eq!(
        Error::Failed(failed).to_string(),
        format!(
            "the upgrade of revision `b1` failed at migrations/2026_01_15_1030-b1_breaks.sql:9:26 and was rolled back: \
             no such column: weight\n{expected}"
        )
    );
    let count: i64 = scratch.open()?.query_row("SELECT count(*) FROM things", [], |row| row.get(0))?;
    assert_eq!(count, 0, "the statement before it is rolled back");
    Ok(())
}

#[test]
fn a_failure_of_a_row_stands_at_the_statement() -> TestResult {
    let scratch = Scratch::new()?;
    scratch.write("a1", "", "CREATE TABLE things (size);", "DROP TABLE things;")?;
    scratch.write(
        "b1",
        "a1",
        "SELECT 'ü'; CREATE UNIQUE INDEX once ON things (size);",
        "DROP INDEX once;",
    )?;
    up(&scratch, "a1")?;
    scratch.open()?.execute_batch("INSERT INTO things VALUES (1), (1)")?;
    let Error::Failed(failed) = failure(scratch.chain()?.migrator().upgrade(&mut scratch.open()?, "head"))?
    else {
        return Err("another error".into());
    };
    assert_eq!((failed.line, failed.column), (7, 13));
    assert_eq!(failed.message, "UNIQUE constraint failed: things.size");
    assert_eq!(
        failed
            .source
            .as_ref()
            .and_then(aludel::DatabaseError::as_sqlite)
            .and_then(aludel::rusqlite::Error::sqlite_error_code),
        Some(ErrorCode::ConstraintViolation)
    );
    Ok(())
}

#[test]
fn a_script_whose_failure_ends_the_transaction_leaves_nothing() -> TestResult {
    for (ends_it, downgrade) in [
        ("INSERT OR ROLLBACK INTO things SELECT size FROM things;", "SELECT 1;"),
        (
            "CREATE TRIGGER refuse BEFORE DELETE ON things BEGIN SELECT RAISE(ROLLBACK, 'kept'); END; DELETE FROM things;",
            "DROP TRIGGER refuse;",
        ),
    ] {
        let scratch = Scratch::new()?;
        scratch.write(
            "a1",
            "",
            "CREATE TABLE things (size UNIQUE ON CONFLICT ROLLBACK);",
            "DROP TABLE things;",
        )?;
        table(&scratch, "b1", "a1")?;
        scratch.write("c1", "b1", ends_it, downgrade)?;
        up(&scratch, "a1")?;
        let mut connection = scratch.open()?;
        connection.execute_batch("INSERT INTO things VALUES (1)")?;
        let before = dump(&connection)?;
        let error = failure(scratch.chain()?.migrator().upgrade(&mut connection, "head"))?;
        assert_eq!(error.exit_code(), 6, "{error}");
        assert!(error.to_string().contains("c1_script.sql:7:"), "{error}");
        assert!(connection.is_autocommit());
        assert_eq!(dump(&connection)?, before);
    }
    Ok(())
}

#[test]
fn a_run_inside_a_transaction_of_the_caller_is_refused() -> TestResult {
    let scratch = three()?;
    up(&scratch, "a1")?;
    let mut connection = scratch.open()?;
    connection.execute_batch("BEGIN; INSERT INTO ta1 VALUES (1)")?;
    assert_eq!(failure(scratch.chain()?.migrator().upgrade(&mut connection, "head"))?.exit_code(), 1);
    assert!(!connection.is_autocommit(), "the caller's transaction is the caller's");
    connection.execute_batch("COMMIT")?;
    assert_eq!(version_rows(&connection)?, ["a1"]);
    Ok(())
}

fn open(path: &std::path::Path) -> aludel::rusqlite::Result<Connection> {
    Connection::open(path)
}

fn head() -> &'static [&'static str] {
    photosafe::Head::REVISIONS
}

#[test]
fn a_database_at_the_head_can_be_served_and_opened_again() -> TestResult {
    let scratch = Scratch::new()?;
    let migrator = photosafe::CHAIN.migrator();
    let ready: At<photosafe::Head> = migrator.upgrade_to(open(&scratch.path("p.db"))?)?;
    assert_eq!(ready.report().ran.len(), photosafe::CHAIN.untyped().scripts.len());
    assert_eq!(version_rows(ready.connection())?, head());
    let further = ready.open()?;
    assert_eq!(version_rows(&further)?, head());
    let back: At<photosafe::revision::R49348f7a48f6> = migrator.downgrade_to(ready.into_connection())?;
    assert_eq!(version_rows(back.connection())?, ["49348f7a48f6"]);
    let initial: At<photosafe::revision::InitialMigration> = migrator.upgrade_to(back.into_connection())?;
    assert!(initial.report().ran.is_empty());
    migrator.upgrade(&mut open(&scratch.path("p.db"))?, "head")?;
    let error = failure(initial.open())?;
    assert!(matches!(error, Error::NotAt { .. }), "{error}");
    Ok(())
}

#[test]
fn a_database_in_memory_has_no_further_connection() -> TestResult {
    let ready: At<photosafe::Head> = photosafe::CHAIN.migrator().upgrade_to(Connection::open_in_memory()?)?;
    assert!(matches!(failure(ready.open())?, Error::InMemory));
    Ok(())
}

#[test]
fn upgrade_to_a_place_that_the_database_is_beyond_is_an_error() -> TestResult {
    let scratch = Scratch::new()?;
    let migrator = photosafe::CHAIN.migrator();
    migrator.upgrade(&mut open(&scratch.path("p.db"))?, "head")?;
    let before = files(scratch.folder())?;
    let error =
        failure(migrator.upgrade_to::<photosafe::revision::Rc71fdf3b7df8>(open(&scratch.path("p.db"))?))?;
    let Error::Beyond { expected, found } = &error else { return Err(error.into()) };
    assert_eq!(
        (expected.as_slice(), found.as_slice()),
        (&["c71fdf3b7df8".to_owned()][..], &[head().concat()][..])
    );
    assert_eq!(error.exit_code(), 1);
    assert!(files(scratch.folder())? == before);
    Ok(())
}

#[test]
fn a_start_at_the_head_writes_nothing() -> TestResult {
    for mode in ["delete", "wal"] {
        let scratch = Scratch::new()?;
        let path = scratch.path("p.db");
        open(&path)?.execute_batch(&format!("PRAGMA journal_mode = {mode}"))?;
        let migrator = photosafe::CHAIN.migrator();
        migrator.upgrade(&mut open(&path)?, "head")?;
        let (before, changed) = (files(scratch.folder())?, fs::metadata(&path)?.modified()?);
        let ready: At<photosafe::Head> = migrator.upgrade_to(open(&path)?)?;
        assert!(ready.report().ran.is_empty());
        drop(ready);
        migrator.upgrade(&mut open(&path)?, "head")?;
        migrator.downgrade(&mut open(&path)?, "head")?;
        assert!(files(scratch.folder())? == before, "{mode}");
        assert_eq!(fs::metadata(&path)?.modified()?, changed, "{mode}");
    }
    Ok(())
}

#[test]
fn a_start_at_the_head_takes_no_lock() -> TestResult {
    for mode in ["delete", "wal"] {
        let scratch = Scratch::new()?;
        let path = scratch.path("p.db");
        open(&path)?.execute_batch(&format!("PRAGMA journal_mode = {mode}"))?;
        let migrator = photosafe::CHAIN.migrator().lock_timeout(Duration::ZERO);
        migrator.upgrade(&mut open(&path)?, "head")?;
        let writer = open(&path)?;
        writer.execute_batch("BEGIN IMMEDIATE; DELETE FROM albums")?;
        migrator.upgrade_to::<photosafe::Head>(open(&path)?)?;
        migrator.upgrade(&mut open(&path)?, "head")?;
    }
    Ok(())
}

#[test]
fn a_start_at_the_head_works_on_a_file_that_cannot_be_written() -> TestResult {
    let scratch = Scratch::new()?;
    let path = scratch.path("p.db");
    let migrator = photosafe::CHAIN.migrator();
    migrator.upgrade(&mut open(&path)?, "head")?;
    let read_only = || Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_ONLY);
    migrator.upgrade_to::<photosafe::Head>(read_only()?)?;
    let error = failure(migrator.downgrade(&mut read_only()?, "-1"))?;
    assert_eq!(error.exit_code(), 1);
    assert_eq!(error.hint().as_deref(), Some("check that the file and its folder are writable"));
    Ok(())
}

#[test]
fn an_edited_script_is_seen_at_the_head() -> TestResult {
    let scratch = Scratch::new()?;
    let path = scratch.path("p.db");
    let migrator = photosafe::CHAIN.migrator();
    migrator.upgrade(&mut open(&path)?, "head")?;
    open(&path)?
        .execute_batch("UPDATE aludel_history SET checksum = 'other', state = 'other', upgrade_sql = 'SELECT 1;' WHERE id = 1")?;
    migrator.upgrade_to::<photosafe::Head>(open(&path)?)?;
    open(&path)?.execute_batch("UPDATE aludel_history SET state = 'other'")?;
    let error = failure(migrator.upgrade_to::<photosafe::Head>(open(&path)?))?;
    assert_eq!(error.exit_code(), 4, "{error}");
    assert!(
        error
            .to_string()
            .contains("`49348f7a48f6` (migrations/2025_12_05_1700-49348f7a48f6_initial_migration.sql)"),
        "{error}"
    );
    Ok(())
}

#[test]
fn the_hook_prepares_the_connection_of_every_run() -> TestResult {
    let scratch = Scratch::new()?;
    scratch.write("a1", "", "CREATE TABLE words (word);", "DROP TABLE words;")?;
    scratch.write(
        "b1",
        "a1",
        "CREATE TABLE found AS SELECT * FROM words WHERE word LIKE 'x';",
        "DROP TABLE found;",
    )?;
    let chain = scratch.chain()?;
    let migrator = chain
        .migrator()
        .prepare(|connection| connection.execute_batch("CREATE TEMP VIEW words AS SELECT 'x' AS word"));
    migrator.stamp(&mut scratch.open()?, "a1")?;
    migrator.upgrade(&mut scratch.open()?, "head")?;
    let found: String = scratch.open()?.query_row("SELECT word FROM found", [], |row| row.get(0))?;
    assert_eq!(found, "x");
    let migrator = chain.migrator().prepare(|connection| connection.execute_batch("SELECT missing()"));
    for result in [
        migrator.upgrade(&mut scratch.open()?, "head"),
        migrator.downgrade(&mut scratch.open()?, "base"),
        migrator.stamp(&mut scratch.open()?, "head"),
    ] {
        assert!(matches!(failure(result)?, Error::Prepare { .. }));
    }
    Ok(())
}
