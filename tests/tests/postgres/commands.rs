//! The commands on a PostgreSQL database.

use std::process::Command;

use serde_json::json;
use tests::TestResult;

use crate::place::{Place, Ran};

const UPGRADE: [&str; 3] = ["upgrade", "head", "--no-proof"];

#[test]
fn a_day_with_a_database() -> TestResult {
    let place = Place::with_tables(2)?;
    assert_eq!(place.json(&["status"])?["status"], "fresh");
    let dry = place.json(&["upgrade", "head", "--no-proof", "--dry-run"])?;
    assert_eq!(dry["plan"].as_array().or(dry["steps"].as_array()).map(Vec::len), Some(2), "{dry}");
    assert_eq!(place.tables()?, Vec::<String>::new());

    place.run(&UPGRADE)?.expect(0)?;
    assert_eq!(place.tables()?, ["t1", "t2"]);
    assert_eq!(place.json(&["current"])?["current"][0]["revision"], "t2");
    assert_eq!(place.json(&["status"])?["status"], "at-head");
    place.run(&["check"])?.expect(0)?;
    place.run(&UPGRADE)?.expect(0)?;

    place.run(&["downgrade", "-1", "--no-proof", "--yes"])?.expect(0)?;
    assert_eq!(place.tables()?, ["t1"]);
    place.run(&["check"])?.expect(1)?;
    let log = place.json(&["log"])?;
    let steps: Vec<String> = log
        .as_array()
        .into_iter()
        .flatten()
        .map(|row| format!("{} {}", row["direction"], row["revision"]).replace('"', ""))
        .collect();
    assert_eq!(steps, ["upgrade t1", "upgrade t2", "downgrade t2"]);

    place.run(&["stamp", "head"])?.expect(0)?;
    assert_eq!(place.json(&["current"])?["current"][0]["revision"], "t2");
    place.run(&["stamp", "--purge", "t1"])?.expect(0)?;
    assert_eq!(place.ask("SELECT version_num::text FROM alembic_version")?, ["t1"]);
    Ok(())
}

#[test]
fn a_failed_statement_is_shown_with_its_place_and_leaves_nothing() -> TestResult {
    let place = Place::with_tables(1)?;
    place.run(&UPGRADE)?.expect(0)?;
    place.scratch.write(
        "bad",
        "t1",
        "CREATE TABLE other (id int);\nINSERT INTO t1\nVALUES (2, 'two'), (1, 'again');",
        "DROP TABLE other;",
    )?;
    place.scratch.write("never", "bad", "CREATE TABLE never (id int);", "DROP TABLE never;")?;
    let ran = place.run(&UPGRADE)?;
    ran.expect(6)?.says("migrations/bad_script.sql:8:1")?.says("t1_pkey")?.says("(id)=(1)")?;
    assert_eq!(place.tables()?, ["t1"]);
    assert_eq!(place.json(&["current"])?["current"][0]["revision"], "t1");

    place.scratch.write("bad", "t1", "CREATE TABLE other (id int, wrong nonsense);", "DROP TABLE other;")?;
    place
        .run(&UPGRADE)?
        .expect(6)?
        .says("migrations/bad_script.sql:7:35")?
        .says("\"nonsense\" does not exist")?;
    Ok(())
}

#[test]
fn each_state_has_its_exit_code() -> TestResult {
    // Ahead: the database has a revision that the folder lacks. The ledger takes it back.
    let place = Place::with_tables(2)?;
    place.run(&UPGRADE)?.expect(0)?;
    std::fs::remove_file(place.scratch.migrations().join("t2_script.sql"))?;
    place.run(&UPGRADE)?.expect(3)?.says("`t2`")?;
    place.run(&["downgrade", "--to-known", "--yes", "--no-proof"])?.expect(0)?;
    assert_eq!(place.tables()?, ["t1"]);
    assert_eq!(place.json(&["status"])?["status"], "at-head");

    // Diverged: an applied script was edited. Comments alone are no difference.
    place.scratch.write("t1", "", "CREATE TABLE t1 (id bigint PRIMARY KEY, -- a key\n note text);\nINSERT INTO t1 VALUES (1, 'it''s; here');", "DROP TABLE t1;")?;
    assert_eq!(place.json(&["status"])?["status"], "at-head");
    place.scratch.write(
        "t1",
        "",
        "CREATE TABLE t1 (id bigint PRIMARY KEY, note varchar);\nINSERT INTO t1 VALUES (1, 'it''s; here');",
        "DROP TABLE t1;",
    )?;
    assert_eq!(place.json(&["status"])?["status"], "diverged");
    place.table(2)?;
    place.run(&UPGRADE)?.expect(4)?;
    assert_eq!(place.tables()?, ["t1"]);

    // Unversioned: there are tables, and nobody knows where they come from.
    let unversioned = Place::with_tables(1)?;
    unversioned.execute("CREATE TABLE of_somebody (id int)")?;
    unversioned.run(&UPGRADE)?.expect(7)?.says("of_somebody")?;
    assert_eq!(unversioned.tables()?, ["of_somebody"]);

    // Locked: another session has the lock of a run.
    let locked = Place::with_tables(1)?;
    let mut other = locked.connect()?;
    other.batch_execute(
        "BEGIN; SELECT pg_advisory_xact_lock(hashtextextended('aludel \"public\".\"alembic_version\"', 0))",
    )?;
    locked.run(&["upgrade", "head", "--no-proof", "--lock-timeout", "0.2"])?.expect(5)?;
    other.batch_execute("COMMIT")?;
    locked.run(&UPGRADE)?.expect(0)?;

    // Wrong: a URL of another database, and a server that is not there.
    let elsewhere = Place::with_tables(1)?;
    let ran = Ran::of(&elsewhere.command(&["status", "-d", "sqlite:///./x.db"]).output()?);
    ran.expect(2)?;
    let ran =
        Ran::of(&elsewhere.command(&["status", "-d", "postgresql://me:secret@127.0.0.1:1/x"]).output()?);
    ran.expect(1)?.says("postgresql://me:***@127.0.0.1:1/x")?;
    assert!(!ran.stderr.contains("secret"), "{}", ran.stderr);
    Ok(())
}

/// SQLite scripts never run on a PostgreSQL database, or the other way around.
#[test]
fn scripts_run_only_on_the_database_that_they_are_written_for() -> TestResult {
    let place = Place::with_tables(1)?;
    std::fs::write(place.scratch.path("aludel.toml"), "")?;
    place.run(&UPGRADE)?.expect(2)?.says("dialect = \"postgresql\"")?;
    Ok(())
}

#[test]
fn the_script_for_psql_does_the_same_as_a_run() -> TestResult {
    let (run, written) = (Place::with_tables(3)?, Place::with_tables(3)?);
    run.run(&UPGRADE)?.expect(0)?;
    let script = written.run(&["upgrade", "--sql", "base:head", "--no-proof"])?;
    std::fs::write(written.scratch.path("run.sql"), &script.expect(0)?.stdout)?;
    let psql = |place: &Place, file: &str| -> Result<Ran, Box<dyn std::error::Error>> {
        let output = Command::new("psql")
            .args(["-X", "-q", "-f", file, &place.url()])
            .current_dir(place.scratch.folder())
            .output()
            .map_err(|error| format!("`psql` cannot be run: {error}"))?;
        Ok(Ran::of(&output))
    };
    psql(&written, "run.sql")?.expect(0)?;
    let of_ledger = "SELECT concat_ws('|', revision, direction, revises, checksum, state, upgrade_sql, downgrade_sql) FROM aludel_history ORDER BY id";
    assert_eq!(written.ask(of_ledger)?, run.ask(of_ledger)?);
    assert_eq!(written.tables()?, run.tables()?);
    assert_eq!(written.json(&["status"])?["status"], "at-head");

    // A second time it stops before it changes anything.
    psql(&written, "run.sql")?.expect(3)?.says("the database is elsewhere")?;
    let script = written.run(&["downgrade", "--sql", "head:t1", "--no-proof"])?;
    std::fs::write(written.scratch.path("back.sql"), &script.expect(0)?.stdout)?;
    psql(&written, "back.sql")?.expect(0)?;
    assert_eq!(written.tables()?, ["t1"]);
    let stamp = written.run(&["stamp", "--sql", "t1:head"])?;
    std::fs::write(written.scratch.path("stamp.sql"), &stamp.expect(0)?.stdout)?;
    psql(&written, "stamp.sql")?.expect(0)?;
    assert_eq!(written.json(&["current"])?["current"][0]["revision"], json!("t3"));
    Ok(())
}

#[test]
fn settings_of_one_script_do_not_reach_the_next() -> TestResult {
    let place = Place::new()?;
    place.scratch.write(
        "a",
        "",
        "CREATE SCHEMA other;\nSET LOCAL search_path = other;\nCREATE TABLE here (id int);",
        "DROP SCHEMA other CASCADE;",
    )?;
    place.scratch.write("b", "a", "CREATE TABLE there (id int);", "DROP TABLE there;")?;
    place.run(&UPGRADE)?.expect(0)?;
    let places = place.ask("SELECT relname || ' in ' || relnamespace::regnamespace FROM pg_class WHERE relname IN ('here', 'there') ORDER BY 1")?;
    assert_eq!(places, ["here in other", "there in public"]);
    assert_eq!(place.tables()?, ["there"]);
    Ok(())
}

#[test]
fn a_statement_that_cannot_lock_a_table_is_tried_again() -> TestResult {
    let place = Place::with_tables(1)?;
    place.run(&UPGRADE)?.expect(0)?;
    place.scratch.write(
        "wide",
        "t1",
        "ALTER TABLE t1 ADD COLUMN wide int;",
        "ALTER TABLE t1 DROP COLUMN wide;",
    )?;
    let mut reader = place.connect()?;
    reader.batch_execute("BEGIN; SELECT * FROM t1")?;
    // The statement waits for at most five seconds, and then the part is rolled back.
    place.run(&["upgrade", "head", "--no-proof", "--lock-timeout", "1"])?.expect(6)?.says("lock timeout")?;
    let waiting = place.spawn(&UPGRADE)?;
    reader.batch_execute("COMMIT")?;
    Ran::of(&waiting.wait_with_output()?).expect(0)?;
    assert_eq!(place.json(&["current"])?["current"][0]["revision"], "wide");
    Ok(())
}

#[test]
fn settings_of_the_file_apply_to_the_server() -> TestResult {
    let place = Place::with_tables(1)?;
    let settings = |more: &str| {
        std::fs::write(
            place.scratch.path("aludel.toml"),
            format!("dialect = \"postgresql\"\n[postgresql]\nversion_table_schema = \"records\"\n{more}"),
        )
    };
    place.execute("CREATE SCHEMA records")?;
    settings("statement_timeout = 0.2")?;
    place.run(&UPGRADE)?.expect(0)?;
    assert_eq!(place.ask("SELECT version_num::text FROM records.alembic_version")?, ["t1"]);
    place.scratch.write("slow", "t1", "SELECT pg_sleep(60);", "SELECT 1;")?;
    place.run(&UPGRADE)?.expect(6)?.says("statement timeout")?;
    settings("statement_timeout = -1")?;
    place.run(&UPGRADE)?.expect(2)?.says("postgresql.statement_timeout")?;
    Ok(())
}

#[test]
fn a_script_for_psql_begins_where_the_database_is() -> TestResult {
    let place = Place::with_tables(3)?;
    place.execute(
        "CREATE SCHEMA records; CREATE TABLE records.alembic_version (version_num varchar(32) PRIMARY KEY)",
    )?;
    let psql = |script: &Ran| -> Result<Ran, Box<dyn std::error::Error>> {
        std::fs::write(place.scratch.path("run.sql"), &script.expect(0)?.stdout)?;
        let mut command = Command::new("psql");
        command.args(["-X", "-q", "-f", "run.sql", &place.url()]).current_dir(place.scratch.folder());
        Ok(Ran::of(&command.output()?))
    };
    // The version table is found in the search path, and so is the ledger.
    let url = format!("{}?options=-csearch_path%3Dpublic%2Crecords", place.url());
    psql(&place.run(&["upgrade", "t1", "--sql", "--no-proof", "-d", &url])?)?.expect(0)?;
    psql(&place.run(&["upgrade", "head", "--sql", "--no-proof", "-d", &url])?)?.expect(0)?;
    assert_eq!(place.ask("SELECT version_num::text FROM records.alembic_version")?, ["t3"]);
    assert_eq!(
        place.ask("SELECT revision::text FROM records.aludel_history ORDER BY id")?,
        ["t1", "t2", "t3"]
    );
    assert_eq!(place.tables()?, ["t1", "t2", "t3"]);

    // A database with tables and without a revision is refused, by the command and by the script.
    let other = Place::with_tables(1)?;
    other.execute("CREATE TABLE of_somebody (id int)")?;
    other.run(&["upgrade", "head", "--sql", "--no-proof"])?.expect(7)?;
    let script = other.run(&["upgrade", "base:head", "--sql", "--no-proof"])?;
    std::fs::write(other.scratch.path("run.sql"), &script.expect(0)?.stdout)?;
    let output = Command::new("psql")
        .args(["-X", "-q", "-f", "run.sql", &other.url()])
        .current_dir(other.scratch.folder())
        .output()?;
    Ran::of(&output).expect(3)?.says("tables but no revision")?;
    assert_eq!(other.tables()?, ["of_somebody"]);
    Ok(())
}

/// A loss is declared in several forms, with names as in SQL. It is reported only if there is data.
#[test]
fn every_form_of_a_declared_loss_can_be_upgraded() -> TestResult {
    let create = "CREATE SCHEMA app;\nCREATE TABLE t (v text);\nCREATE TABLE empty (v text);\n\
        CREATE TABLE app.t (v text);\nCREATE TABLE \"Odd. Name\" (\"Some. Column\" text);\n\
        CREATE SEQUENCE app.used;\nCREATE SEQUENCE unused;\n\
        INSERT INTO t VALUES ('a');\nINSERT INTO app.t VALUES ('a');\nINSERT INTO \"Odd. Name\" VALUES ('a');\n\
        SELECT nextval('app.used');";
    for (declared, reported) in [
        ("rows of t", true),
        ("rows of empty", false),
        ("rows of app.t", true),
        ("rows of \"Odd. Name\"", true),
        ("counter of app.used", true),
        ("counter of unused", false),
        ("t.v", true),
        ("empty.v", false),
        ("app.t.v", true),
        ("\"Odd. Name\".\"Some. Column\"", true),
        ("any words: it's not a name", true),
    ] {
        let place = Place::new()?;
        place.scratch.write("a", "", create, "-- nothing to do: the tables stay")?;
        place.scratch.write_file(
            "b_script.sql",
            format!("-- Lose\n--\n-- Revision ID: b\n-- Revises: a\n-- Loses: {declared}\n\n-- upgrade\nDELETE FROM t;\n\n-- downgrade\nSELECT 1;\n").as_bytes(),
        )?;
        place.run(&["upgrade", "a", "--no-proof"])?.expect(0)?;
        let ran = place.run(&UPGRADE)?;
        ran.expect(0)?;
        let words = format!("lost for good, as declared in its header: {declared}");
        assert_eq!(ran.stderr.contains(&words), reported, "{declared}: {ran:?}");
    }
    Ok(())
}

/// `--backup` only copies SQLite databases, and status compares an unversioned database only with
/// SQLite's scripts.
#[test]
fn no_message_suggests_what_only_sqlite_has() -> TestResult {
    let place = Place::with_tables(1)?;
    place.scratch.write("b", "t1\n-- Loses: rows of t1", "DELETE FROM t1;", "SELECT 1;")?;
    place.run(&["upgrade", "t1", "--no-proof"])?.expect(0)?;
    let words = "note: this loses rows of t1 for good; make a backup with `pg_dump` first\n";
    place.run(&["upgrade", "head", "--no-proof", "--dry-run"])?.says(words)?;
    place.run(&UPGRADE)?.expect(0)?.says(words)?;
    place
        .run(&["downgrade", "-1", "--no-proof", "--yes"])?
        .says("note: make a backup with `pg_dump` first\n")?;

    place.execute("DROP TABLE alembic_version; DROP TABLE aludel_history")?;
    let words =
        "its schema was not compared with the scripts: `diff REVISION` compares it with that of a revision";
    let status = place.run(&["status"])?;
    assert!(status.expect(0)?.stdout.contains(words), "{status:?}");
    place.run(&["check"])?.expect(7)?.says(words)?;
    place.run(&UPGRADE)?.expect(7)?.says("`status` shows how to find the revision")?;
    place.run(&["diff", "t1"])?.expect(0)?;
    Ok(())
}
