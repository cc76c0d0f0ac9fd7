//! A linear chain run by refinery's own runner.

use aludel::refinery::ExportError;
use aludel::rusqlite::Connection;
use coexistence_refinery::migrations;
use refinery::{Migration, Runner};
use tests::{Scratch, TestResult, differences, failure, schema};

mod photosafe {
    aludel::embed_migrations!("./../../../../migrations");
}

/// Returns the properties by which refinery identifies a migration.
fn known(migration: &Migration) -> (i32, String, u64) {
    (migration.version(), migration.name().to_owned(), migration.checksum())
}

fn run(migrations: &[Migration], connection: &mut Connection) -> Result<usize, refinery::Error> {
    Ok(Runner::new(migrations).set_grouped(true).run(connection)?.applied_migrations().len())
}

#[test]
fn refinery_runs_photosafes_chain_and_keeps_its_own_table() -> TestResult {
    let exported = migrations(&photosafe::CHAIN)?;
    let mut connection = Connection::open_in_memory()?;
    connection.execute_batch("PRAGMA foreign_keys = OFF")?;
    run(&exported, &mut connection)?;
    let mut statement =
        connection.prepare("SELECT version, name, checksum FROM refinery_schema_history ORDER BY version")?;
    let rows: Vec<(i32, String, String)> = statement
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    let expected: Vec<(i32, String, String)> = exported
        .iter()
        .map(known)
        .map(|(version, name, checksum)| (version, name, checksum.to_string()))
        .collect();
    assert_eq!(rows, expected);
    assert!(rows.iter().zip(1..).all(|((version, ..), number)| *version == number));
    assert_eq!(rows.first().map(|row| row.1.as_str()), Some("49348f7a48f6_initial_migration"));
    drop(statement);

    let mut ours = Connection::open_in_memory()?;
    photosafe::CHAIN.migrator().upgrade(&mut ours, "head")?;
    assert_eq!(differences(&schema(&ours)?, &schema(&connection)?), Vec::<String>::new());
    Ok(())
}

#[test]
fn a_second_run_has_nothing_to_do() -> TestResult {
    let exported = migrations(&photosafe::CHAIN)?;
    let mut connection = Connection::open_in_memory()?;
    run(&exported, &mut connection)?;
    let before: i64 =
        connection.query_row("SELECT count(*) FROM refinery_schema_history", [], |row| row.get(0))?;
    run(&exported, &mut connection)?;
    let after: i64 =
        connection.query_row("SELECT count(*) FROM refinery_schema_history", [], |row| row.get(0))?;
    assert_eq!((before, after), (i64::try_from(exported.len())?, before));
    Ok(())
}

#[test]
fn a_revision_more_at_the_head_changes_nothing_of_the_others() -> TestResult {
    let scratch = Scratch::new()?;
    scratch.write("b7", "", "CREATE TABLE first (x);", "DROP TABLE first;")?;
    scratch.write("a3", "b7", "CREATE TABLE second (x);", "DROP TABLE second;")?;
    let before: Vec<_> = migrations(&scratch.chain()?)?.iter().map(known).collect();
    let mut connection = scratch.open()?;
    run(&migrations(&scratch.chain()?)?, &mut connection)?;
    // It would come first if sorted by id or by file name.
    scratch.write("a1", "a3", "CREATE TABLE third (x);", "DROP TABLE third;")?;
    let exported = migrations(&scratch.chain()?)?;
    let after: Vec<_> = exported.iter().map(known).collect();
    assert_eq!(after.get(..2), Some(before.as_slice()));
    assert_eq!(after.get(2).map(|last| (last.0, last.1.as_str())), Some((3, "a1_script_a1")));
    run(&exported, &mut connection)?;
    let count: i64 =
        connection.query_row("SELECT count(*) FROM refinery_schema_history", [], |row| row.get(0))?;
    assert_eq!(count, 3);
    Ok(())
}

#[test]
fn a_chain_that_is_no_line_is_refused() -> TestResult {
    let nothing = "-- nothing to do: an example";
    let shapes: [(&str, &[(&str, &str)]); 4] = [
        ("c", &[("a", ""), ("b", "a"), ("c", "a")]),
        ("b", &[("a", ""), ("b", "")]),
        ("c", &[("a", ""), ("b", "a"), ("c", "a"), ("d", "b, c")]),
        ("c", &[("a", ""), ("b", "a"), ("c", "b\n-- Depends On: a")]),
    ];
    for (fork, scripts) in shapes {
        let scratch = Scratch::new()?;
        for (id, revises) in scripts {
            scratch.write(id, revises, nothing, nothing)?;
        }
        let error = failure(aludel::refinery::migrations(&scratch.chain()?))?;
        let ExportError::NotLinear { revision } = &error else { return Err(error.into()); };
        assert_eq!(revision, fork, "{error}");
    }
    Ok(())
}
