//! The library on a PostgreSQL database.

use aludel::{Error, Interrupt, Status};
use tests::{TestResult, failure};

use crate::place::{Place, migrator};

#[test]
fn a_new_value_of_an_enum_is_committed_before_a_script_uses_it() -> TestResult {
    let place = Place::new()?;
    place.scratch.write(
        "a",
        "",
        "CREATE TYPE mood AS ENUM ('sad');\nCREATE TABLE people (mood mood);",
        "DROP TABLE people;\nDROP TYPE mood;",
    )?;
    place.scratch.write(
        "b",
        "a",
        "ALTER TYPE mood ADD VALUE 'glad';",
        "-- nothing to do: a value of an enum stays",
    )?;
    place.scratch.write(
        "c",
        "b",
        "INSERT INTO people VALUES ('glad');",
        "DELETE FROM people WHERE mood = 'glad';",
    )?;
    let chain = place.chain()?;
    let mut client = place.connect()?;
    let plan = migrator(&chain).plan_upgrade(&mut client, "head")?;
    assert_eq!(plan.parts(), 2);
    let report = migrator(&chain).upgrade(&mut client, "head")?;
    assert_eq!(report.ran.len(), 3);
    assert_eq!(place.ask("SELECT mood::text FROM people")?, ["glad"]);
    Ok(())
}

#[test]
fn a_plan_runs_only_where_it_was_made() -> TestResult {
    let place = Place::with_tables(2)?;
    let chain = place.chain()?;
    let mut client = place.connect()?;
    let plan = migrator(&chain).plan_upgrade(&mut client, "head")?;
    migrator(&chain).upgrade(&mut place.connect()?, "t1")?;
    let error = failure(migrator(&chain).run(&mut client, &plan))?;
    assert!(matches!(error, Error::Moved { .. }), "{error}");
    assert_eq!(migrator(&chain).status(&mut client)?, Status::Behind { pending: vec!["t2".to_owned()] });
    Ok(())
}

#[test]
fn an_interrupt_cancels_the_running_statement_and_rolls_back() -> TestResult {
    let place = Place::with_tables(1)?;
    place.scratch.write(
        "slow",
        "t1",
        "CREATE TABLE slow (id int);\nSELECT pg_sleep(600);",
        "DROP TABLE slow;",
    )?;
    let chain = place.chain()?;
    let interrupt = Interrupt::new();
    let flag = interrupt.clone();
    let migrator = migrator(&chain).interrupt(interrupt).on_progress(move |progress| {
        if progress.step.is_some_and(|step| step.revision == "slow") {
            flag.trigger();
        }
    });
    let error = failure(migrator.upgrade(&mut place.connect()?, "head"))?;
    assert_eq!(error.exit_code(), 130, "{error}");
    assert_eq!(place.tables()?, Vec::<String>::new());
    Ok(())
}

/// If another process moves the database while a run waits for the lock, `+1` still means the same
/// revision.
#[test]
fn a_relative_target_is_resolved_once() -> TestResult {
    let place = Place::with_tables(2)?;
    let chain = place.chain()?;
    let mut other = place.connect()?;
    let key = "hashtextextended('aludel \"public\".\"alembic_version\"', 0)";
    other.batch_execute(&format!("BEGIN; SELECT pg_advisory_xact_lock({key})"))?;
    let mut client = place.connect()?;
    let report = std::thread::scope(|scope| -> crate::place::Result<_> {
        let waiting = scope.spawn(|| migrator(&chain).upgrade(&mut client, "+1"));
        let polls = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() \
             AND pid <> pg_backend_pid() AND query LIKE '%pg_try_advisory_xact_lock%'";
        let mut watcher = place.connect()?;
        while watcher.query_one(polls, &[])?.get::<_, i64>(0) == 0 {
            assert!(!waiting.is_finished(), "it did not wait for the lock");
        }
        other.batch_execute(
            "CREATE TABLE alembic_version (version_num varchar(32) PRIMARY KEY); \
             INSERT INTO alembic_version VALUES ('t1'); CREATE TABLE t1 (id bigint); COMMIT",
        )?;
        Ok(waiting.join().map_err(|_| "the thread panicked")??)
    })?;
    assert_eq!((report.current, report.ran.len()), (vec!["t1".to_owned()], 0));
    assert_eq!(place.tables()?, ["t1"]);
    Ok(())
}

#[test]
fn an_interrupt_cancels_a_report_that_waits() -> TestResult {
    let place = Place::with_tables(1)?;
    let chain = place.chain()?;
    migrator(&chain).upgrade(&mut place.connect()?, "head")?;
    let mut holder = place.connect()?;
    holder.batch_execute("BEGIN; LOCK TABLE alembic_version IN ACCESS EXCLUSIVE MODE")?;
    let interrupt = Interrupt::new();
    interrupt.trigger();
    let migrator = migrator(&chain).interrupt(interrupt).lock_timeout(std::time::Duration::from_secs(600));
    let mut client = place.connect()?;
    for error in [
        failure(migrator.status(&mut client))?,
        failure(migrator.plan_upgrade(&mut client, "head"))?,
        failure(migrator.upgrade(&mut client, "head"))?,
        failure(migrator.stamp(&mut client, &["head"]))?,
    ] {
        assert!(matches!(error, Error::Interrupted), "{error}");
    }
    Ok(())
}

/// Below a squash point, the scripts from the ledger run, even in a script for `psql`.
#[test]
fn a_script_for_psql_leads_below_a_squash_point() -> TestResult {
    let place = Place::with_tables(3)?;
    place.run(&["prove"])?.expect(0)?;
    place.run(&["freeze"])?.expect(0)?;
    place.run(&["upgrade", "head"])?.expect(0)?;
    let squashed = place.run(&["squash", "--to", "t2"])?;
    assert!(squashed.expect(0)?.stdout.contains("with the same schema and rows"), "{squashed:?}");
    let files = std::fs::read_dir(place.scratch.migrations())?.count();
    assert_eq!(files, 4, "the base, the script after it and both lists");
    place.run(&["prove"])?.expect(0)?;
    place.run(&["check"])?.expect(0)?;
    let script = place.run(&["downgrade", "--sql", "t1"])?;
    place.execute(&script.expect(0)?.stdout.replace("\\set ON_ERROR_STOP on", ""))?;
    assert_eq!(place.tables()?, ["t1"]);
    assert_eq!(place.ask("SELECT version_num::text FROM alembic_version")?, ["t1"]);

    let fresh = Place::new()?;
    for entry in std::fs::read_dir(place.scratch.migrations())? {
        let entry = entry?;
        std::fs::copy(entry.path(), fresh.scratch.migrations().join(entry.file_name()))?;
    }
    fresh.run(&["upgrade", "head"])?.expect(0)?;
    assert_eq!(fresh.ask("SELECT note::text FROM t2")?, ["it's; here"]);
    fresh.run(&["downgrade", "base", "--yes"])?.expect(0)?;
    assert_eq!(fresh.tables()?, Vec::<String>::new());
    Ok(())
}

#[test]
fn the_version_table_can_be_in_a_schema_of_its_own() -> TestResult {
    let place = Place::with_tables(1)?;
    place.execute("CREATE SCHEMA records")?;
    let chain = place.chain()?;
    migrator(&chain).version_table_schema("records").upgrade(&mut place.connect()?, "head")?;
    assert_eq!(place.ask("SELECT version_num::text FROM records.alembic_version")?, ["t1"]);
    assert_eq!(place.ask("SELECT revision::text FROM records.aludel_history")?, ["t1"]);
    let current = migrator(&chain).version_table_schema("records").current(&mut place.connect()?)?;
    assert_eq!(current, ["t1"]);
    Ok(())
}

#[test]
fn a_version_table_that_others_changed_stops_the_run() -> TestResult {
    for (change, words) in [
        ("CREATE VIEW alembic_version AS SELECT 't1'::varchar(32) AS version_num", "a view"),
        (
            "CREATE TABLE alembic_version (version_num varchar(32)); \
             CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'; \
             CREATE TRIGGER sly BEFORE INSERT ON alembic_version FOR EACH ROW EXECUTE FUNCTION f()",
            "the trigger `sly`",
        ),
        ("CREATE TABLE alembic_version (other text)", "no column `version_num`"),
        (
            "CREATE TABLE alembic_version (version_num text); INSERT INTO alembic_version VALUES ('t1'), ('t1')",
            "twice",
        ),
    ] {
        let place = Place::with_tables(1)?;
        place.execute(change)?;
        let error = failure(migrator(&place.chain()?).upgrade(&mut place.connect()?, "head"))?;
        assert!(error.to_string().contains(words), "{change}: {error}");
        assert!(!place.tables()?.contains(&"t1".to_owned()));
    }
    Ok(())
}

/// Every field of a ledger row that determines what a downgrade runs is checked.
#[test]
fn a_ledger_that_was_tampered_with_reverts_nothing() -> TestResult {
    for change in [
        "UPDATE aludel_history SET downgrade_sql = 'DROP TABLE t1;' WHERE revision = 't2'",
        "UPDATE aludel_history SET upgrade_sql = 'SELECT 1;' WHERE revision = 't2'",
        "UPDATE aludel_history SET checksum = repeat('0', 64) WHERE revision = 't2'",
        "UPDATE aludel_history SET state = repeat('0', 64) WHERE revision = 't2'",
        "UPDATE aludel_history SET revises = '' WHERE revision = 't2'",
        "UPDATE aludel_history SET direction = 'downgrade' WHERE revision = 't2'",
        "UPDATE aludel_history SET revision = 't9' WHERE revision = 't2'",
        "DELETE FROM aludel_history WHERE revision = 't2'",
        "DROP TABLE aludel_history",
    ] {
        let place = Place::with_tables(2)?;
        migrator(&place.chain()?).upgrade(&mut place.connect()?, "head")?;
        std::fs::remove_file(place.scratch.migrations().join("t2_script.sql"))?;
        place.execute(change)?;
        let error = failure(migrator(&place.chain()?).downgrade_to_known(&mut place.connect()?))?;
        assert!(matches!(error, Error::Ledger { .. }), "{change}: {error}");
        assert_eq!(place.tables()?, ["t1", "t2"], "{change}");
    }
    Ok(())
}

#[test]
fn a_role_of_one_script_is_not_that_of_the_next() -> TestResult {
    let place = Place::new()?;
    place.execute("CREATE ROLE of_one_script; GRANT ALL ON SCHEMA public TO of_one_script")?;
    place.scratch.write(
        "a",
        "",
        "SET LOCAL ROLE of_one_script;\nCREATE TABLE theirs (id int);",
        "DROP TABLE theirs;",
    )?;
    place.scratch.write("b", "a", "CREATE TABLE ours (id int);", "DROP TABLE ours;")?;
    migrator(&place.chain()?).upgrade(&mut place.connect()?, "head")?;
    let owners = "SELECT relname || ' ' || (relowner = 'of_one_script'::regrole)::text FROM pg_class \
         WHERE relname IN ('ours', 'theirs', 'alembic_version') ORDER BY 1";
    assert_eq!(place.ask(owners)?, ["alembic_version false", "ours false", "theirs true"]);
    place.execute("DROP OWNED BY of_one_script; DROP ROLE of_one_script")?;
    Ok(())
}

#[test]
fn version_rows_that_a_policy_hides_are_not_taken_for_base() -> TestResult {
    let place = Place::with_tables(1)?;
    migrator(&place.chain()?).upgrade(&mut place.connect()?, "head")?;
    place.execute(
        "CREATE ROLE sees_nothing; GRANT SELECT ON ALL TABLES IN SCHEMA public TO sees_nothing; \
         ALTER TABLE alembic_version ENABLE ROW LEVEL SECURITY",
    )?;
    let mut client = place.connect()?;
    client.batch_execute("SET ROLE sees_nothing")?;
    let error = failure(migrator(&place.chain()?).status(&mut client))?;
    assert!(error.to_string().contains("row-level security"), "{error}");
    client.batch_execute("RESET ROLE; DROP OWNED BY sees_nothing; DROP ROLE sees_nothing")?;
    Ok(())
}

/// A program's open transaction is neither ended nor used.
#[test]
fn a_connection_in_a_transaction_is_refused() -> TestResult {
    let place = Place::with_tables(1)?;
    let chain = place.chain()?;
    let mut client = place.connect()?;
    client.batch_execute("BEGIN; CREATE TABLE of_the_program (id int)")?;
    for error in [
        failure(migrator(&chain).status(&mut client))?,
        failure(migrator(&chain).upgrade(&mut client, "head"))?,
        failure(migrator(&chain).stamp(&mut client, &["head"]))?,
    ] {
        assert!(matches!(error, Error::InTransaction), "{error}");
    }
    client.batch_execute("COMMIT")?;
    assert_eq!(place.tables()?, ["of_the_program"]);
    Ok(())
}

/// The ledger is only evidence. A damaged ledger does not prevent a report, and a run reports that
/// it cannot write to it.
#[test]
fn a_damaged_ledger_stops_no_report() -> TestResult {
    let place = Place::with_tables(2)?;
    let chain = place.chain()?;
    migrator(&chain).upgrade(&mut place.connect()?, "t1")?;
    place.execute(
        "DROP TABLE aludel_history; CREATE VIEW aludel_history AS SELECT 1 AS id, 't1' AS revision",
    )?;
    let mut client = place.connect()?;
    assert_eq!(migrator(&chain).status(&mut client)?, Status::Behind { pending: vec!["t2".to_owned()] });
    let warnings = migrator(&chain).warnings(&mut client)?;
    assert!(warnings.iter().any(|warning| warning.contains("a view")), "{warnings:?}");
    let error = failure(migrator(&chain).upgrade(&mut client, "head"))?;
    assert!(error.to_string().contains("`aludel_history` is a view"), "{error}");
    assert_eq!(place.tables()?, ["t1"]);
    Ok(())
}
