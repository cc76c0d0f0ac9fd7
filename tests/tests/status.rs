//! The status of a database. Reading it changes nothing.

use std::fs;

use aludel::Status;
use aludel::rusqlite::Connection;
use aludel::rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use tests::{Scratch, TestResult, failure, files};

/// Creates `a <- b <- c`, with one table each.
fn three() -> std::io::Result<Scratch> {
    let scratch = Scratch::new()?;
    for (id, revises) in [("a", ""), ("b", "a"), ("c", "b")] {
        scratch.write(id, revises, &format!("CREATE TABLE t{id} (x);"), &format!("DROP TABLE t{id};"))?;
    }
    Ok(scratch)
}

fn status(scratch: &Scratch) -> Result<Status, Box<dyn std::error::Error>> {
    let connection = scratch.database()?.open_for_reading()?;
    Ok(scratch.chain()?.migrator().status(connection.as_ref())?)
}

fn sql(scratch: &Scratch, sql: &str) -> TestResult {
    Ok(scratch.open()?.execute_batch(sql)?)
}

fn upgrade(scratch: &Scratch, target: &str) -> TestResult {
    scratch.chain()?.migrator().upgrade(&mut scratch.open()?, target)?;
    Ok(())
}

fn texts(ids: &[&str]) -> Vec<String> {
    ids.iter().map(ToString::to_string).collect()
}

#[test]
fn a_file_that_is_not_there_is_fresh_and_is_not_made() -> TestResult {
    let scratch = three()?;
    assert_eq!(status(&scratch)?, Status::Fresh);
    assert_eq!(status(&scratch)?.exit_code(), 1);
    assert!(files(scratch.folder())?.is_empty());
    Ok(())
}

#[test]
fn an_empty_file_is_fresh() -> TestResult {
    let scratch = three()?;
    fs::write(scratch.path("test.db"), "")?;
    assert_eq!(status(&scratch)?, Status::Fresh);
    assert_eq!(fs::read(scratch.path("test.db"))?, b"");
    Ok(())
}

#[test]
fn an_empty_version_table_is_base() -> TestResult {
    let scratch = three()?;
    upgrade(&scratch, "head")?;
    scratch.chain()?.migrator().downgrade(&mut scratch.open()?, "base")?;
    assert_eq!(status(&scratch)?, Status::Behind { pending: texts(&["a", "b", "c"]) });
    Ok(())
}

#[test]
fn behind_names_what_is_pending_in_order() -> TestResult {
    let scratch = three()?;
    upgrade(&scratch, "a")?;
    let found = status(&scratch)?;
    assert_eq!(found, Status::Behind { pending: texts(&["b", "c"]) });
    assert_eq!((found.exit_code(), found.to_string().as_str()), (1, "behind: 2 pending (b, c)"));
    Ok(())
}

#[test]
fn at_head_nothing_is_pending() -> TestResult {
    let scratch = three()?;
    upgrade(&scratch, "head")?;
    assert_eq!(status(&scratch)?, Status::AtHead);
    assert_eq!(status(&scratch)?.exit_code(), 0);
    Ok(())
}

#[test]
fn ahead_names_what_the_chain_lacks() -> TestResult {
    let scratch = three()?;
    upgrade(&scratch, "head")?;
    sql(&scratch, "UPDATE alembic_version SET version_num = 'zz'")?;
    let found = status(&scratch)?;
    assert_eq!(found, Status::Ahead { unknown: texts(&["zz"]) });
    assert_eq!(found.exit_code(), 3);
    Ok(())
}

#[test]
fn diverged_names_the_script_that_was_edited() -> TestResult {
    let scratch = three()?;
    upgrade(&scratch, "b")?;
    scratch.write("b", "a", "CREATE TABLE tb (x, y);", "DROP TABLE tb;")?;
    let found = status(&scratch)?;
    assert_eq!(found, Status::Diverged { edited: texts(&["b"]) });
    assert_eq!(found.exit_code(), 4);
    Ok(())
}

#[test]
fn a_script_that_was_edited_after_it_was_taken_back_is_no_divergence() -> TestResult {
    let scratch = three()?;
    upgrade(&scratch, "b")?;
    scratch.chain()?.migrator().downgrade(&mut scratch.open()?, "a")?;
    scratch.write("b", "a", "CREATE TABLE tb (x, y);", "DROP TABLE tb;")?;
    assert_eq!(status(&scratch)?, Status::Behind { pending: texts(&["b", "c"]) });
    Ok(())
}

#[test]
fn tables_without_a_version_table_are_unversioned() -> TestResult {
    let scratch = three()?;
    sql(&scratch, "CREATE TABLE of_old (x)")?;
    let found = status(&scratch)?;
    assert_eq!(found, Status::Unversioned { matches: Vec::new(), nearest: None, tool: None });
    assert_eq!(found.exit_code(), 7);
    let error = failure(scratch.chain()?.migrator().upgrade(&mut scratch.open()?, "head"))?;
    assert_eq!(error.exit_code(), 7);
    assert!(error.to_string().contains("(of_old)"), "{error}");
    Ok(())
}

#[test]
fn tables_that_are_ignored_do_not_make_a_database_unversioned() -> TestResult {
    let scratch = three()?;
    sql(&scratch, "CREATE TABLE Spatial (x)")?;
    let chain = scratch.chain()?;
    let connection = scratch.open()?;
    assert_eq!(
        chain.migrator().status(Some(&connection))?,
        Status::Unversioned { matches: Vec::new(), nearest: None, tool: None }
    );
    assert_eq!(chain.migrator().ignore_tables(["spatial"]).status(Some(&connection))?, Status::Fresh);
    Ok(())
}

#[test]
fn a_version_table_in_other_case_is_the_version_table() -> TestResult {
    let scratch = three()?;
    sql(
        &scratch,
        "CREATE TABLE ta (x); CREATE TABLE ALEMBIC_VERSION (version_num VARCHAR(32) NOT NULL); INSERT INTO Alembic_Version VALUES ('a')",
    )?;
    assert_eq!(status(&scratch)?, Status::Behind { pending: texts(&["b", "c"]) });
    upgrade(&scratch, "head")?;
    assert_eq!(status(&scratch)?, Status::AtHead);
    Ok(())
}

#[test]
fn unversioned_comes_before_diverged_before_ahead_before_behind() -> TestResult {
    let scratch = three()?;
    upgrade(&scratch, "b")?;
    sql(&scratch, "INSERT INTO alembic_version VALUES ('zz')")?;
    assert_eq!(status(&scratch)?, Status::Ahead { unknown: texts(&["zz"]) });
    scratch.write("a", "", "CREATE TABLE ta (x, y);", "DROP TABLE ta;")?;
    assert_eq!(status(&scratch)?, Status::Diverged { edited: texts(&["a"]) });
    sql(&scratch, "DROP TABLE alembic_version")?;
    assert_eq!(status(&scratch)?.exit_code(), 7);
    Ok(())
}

/// Calls every function that only reads.
fn ask(scratch: &Scratch) -> TestResult {
    let chain = scratch.chain()?;
    let migrator = chain.migrator();
    let connection = scratch.database()?.open_for_reading()?.ok_or("there is no database")?;
    migrator.status(Some(&connection))?;
    migrator.current(&connection)?;
    migrator.revisions(Some(&connection))?;
    migrator.ledger(&connection)?;
    migrator.plan_upgrade(Some(&connection), "head")?;
    migrator.check(&connection)?;
    assert!(connection.execute_batch("CREATE TABLE written (x)").is_err());
    Ok(())
}

#[test]
fn asking_leaves_every_byte_as_it_was() -> TestResult {
    for mode in ["delete", "wal"] {
        let scratch = three()?;
        sql(&scratch, &format!("PRAGMA journal_mode = {mode}"))?;
        upgrade(&scratch, "b")?;
        let before = files(scratch.folder())?;
        assert_eq!(before.len(), 1, "{mode}");
        ask(&scratch)?;
        assert!(files(scratch.folder())? == before, "{mode}");
        let found: String = scratch.open()?.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
        assert_eq!(found, mode);
    }
    Ok(())
}

#[test]
fn asking_beside_a_program_that_is_at_work_leaves_its_files() -> TestResult {
    let scratch = three()?;
    let at_work = scratch.open()?;
    at_work.execute_batch("PRAGMA journal_mode = WAL")?;
    upgrade(&scratch, "b")?;
    at_work.execute_batch("INSERT INTO ta VALUES (1)")?;
    let read = |name: &str| fs::read(scratch.path(name));
    let before = (read("test.db")?, read("test.db-wal")?);
    ask(&scratch)?;
    assert!((read("test.db")?, read("test.db-wal")?) == before);
    let count: i64 = at_work.query_row("SELECT count(*) FROM ta", [], |row| row.get(0))?;
    assert_eq!(count, 1);
    Ok(())
}

#[test]
fn asking_in_the_middle_of_another_run_sees_the_database_as_it_was() -> TestResult {
    for mode in ["delete", "wal"] {
        let scratch = three()?;
        sql(&scratch, &format!("PRAGMA journal_mode = {mode}"))?;
        upgrade(&scratch, "a")?;
        let writer = scratch.open()?;
        writer.execute_batch(
            "BEGIN IMMEDIATE; CREATE TABLE tb (x); UPDATE alembic_version SET version_num = 'b'",
        )?;
        assert_eq!(status(&scratch)?, Status::Behind { pending: texts(&["b", "c"]) }, "{mode}");
        writer.execute_batch("COMMIT")?;
        assert_eq!(status(&scratch)?, Status::Behind { pending: texts(&["c"]) }, "{mode}");
    }
    Ok(())
}

#[test]
fn the_version_table_is_that_of_the_file_whatever_is_temporary() -> TestResult {
    let scratch = three()?;
    upgrade(&scratch, "head")?;
    let connection: Connection = scratch.open()?;
    connection.execute_batch(
        "CREATE TEMP TABLE alembic_version (version_num); CREATE TEMP TABLE aludel_history (id)",
    )?;
    assert_eq!(scratch.chain()?.migrator().status(Some(&connection))?, Status::AtHead);
    Ok(())
}

/// Another process commits the first migration between two statements of a report.
#[test]
fn a_database_that_is_migrated_meanwhile_is_fresh_or_migrated_but_never_unversioned() -> TestResult {
    for statements in 1..20 {
        let scratch = Scratch::new()?;
        scratch.write("a1", "", "CREATE TABLE photos (id INTEGER PRIMARY KEY);", "DROP TABLE photos;")?;
        let chain = scratch.chain()?;
        let mut connection = scratch.open()?;
        connection.pragma_update(None, "journal_mode", "wal")?;
        let migrating = scratch.open()?;
        let mut begun = 0;
        connection.authorizer(Some(move |context: AuthContext<'_>| {
            begun += usize::from(context.action == AuthAction::Select);
            if begun == statements {
                let sql = "BEGIN; CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY);
                           INSERT INTO alembic_version VALUES ('a1'); CREATE TABLE photos (id INTEGER PRIMARY KEY); COMMIT";
                // Later calls fail, because the tables exist.
                let _ = migrating.execute_batch(sql);
            }
            Authorization::Allow
        }))?;
        let status = chain.migrator().status(Some(&connection))?;
        assert!(
            matches!(status, Status::Fresh | Status::AtHead),
            "after {statements} statements: {status:?}"
        );
    }
    Ok(())
}
