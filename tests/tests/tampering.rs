//! Changes every field of every ledger row, one at a time. If the field determines what a downgrade
//! runs, the downgrade is refused. All other fields are only displayed.

use std::collections::BTreeSet;

use aludel::rusqlite::Connection;
use aludel::{Chain, Error, Status};
use aludel_core::chain::HISTORY_COLUMNS;
use tests::{Scratch, TestResult};

/// The fields that no hash covers, and that determine nothing.
const SHOWN: [&str; 8] =
    ["message", "applied_at", "elapsed_us", "version", "unproved", "branch_labels", "loses", "allow"];

/// Changes that keep the type of a field, and changes that do not.
const CHANGES: [&str; 5] = ["{} || 'x'", "'x' || {}", "''", "NULL", "x'00'"];

const ROWS: i64 = 4;

/// Creates a database with an upgrade of two revisions, a repair and another upgrade. The returned
/// chain contains only the first revision.
fn repaired() -> Result<(Scratch, Chain), Box<dyn std::error::Error>> {
    let scratch = Scratch::new()?;
    scratch.write("a1", "", "CREATE TABLE a (n INTEGER);", "DROP TABLE a;")?;
    let known = scratch.chain()?;
    scratch.write("b2", "a1", "CREATE TABLE b (n INTEGER);", "DROP TABLE b;")?;
    let mut connection = scratch.open()?;
    scratch.chain()?.migrator().upgrade(&mut connection, "head")?;
    scratch.write("b2", "a1", "-- the second\nCREATE TABLE b (n INTEGER);", "DROP TABLE b;")?;
    scratch.write("c3", "b2", "CREATE TABLE c (n INTEGER);", "DROP TABLE c;")?;
    scratch.chain()?.migrator().upgrade(&mut connection, "head")?;
    Ok((scratch, known))
}

/// Plans the downgrade after a change, and then undoes the change. Returns `None` if SQLite
/// rejected the change, or if it had no effect.
fn plan(
    connection: &Connection,
    known: &Chain,
    change: &str,
) -> Result<Option<Result<(), Error>>, Box<dyn std::error::Error>> {
    let transaction = connection.unchecked_transaction()?;
    let is_changed = transaction.execute(change, []).is_ok_and(|rows| rows > 0);
    let planned = is_changed.then(|| known.migrator().plan_downgrade_to_known(Some(connection)).map(drop));
    transaction.rollback()?;
    Ok(planned)
}

#[test]
fn every_field_that_decides_what_runs_is_checked() -> TestResult {
    let (scratch, known) = repaired()?;
    let connection = scratch.open()?;
    let count: i64 = connection.query_row("SELECT count(*) FROM aludel_history", [], |row| row.get(0))?;
    assert_eq!(count, ROWS);
    let mut accepted = BTreeSet::new();
    for (column, _) in HISTORY_COLUMNS {
        for (row, change) in (1..=ROWS).flat_map(|row| CHANGES.map(|change| (row, change))) {
            let value = change.replace("{}", column);
            let sql = format!(
                "UPDATE aludel_history SET {column} = {value} WHERE id = {row} AND {column} IS NOT {value}"
            );
            match plan(&connection, &known, &sql)? {
                Some(Ok(())) => drop(accepted.insert(column)),
                Some(Err(Error::Ledger { .. } | Error::Diverged { .. })) => {
                    assert!(!SHOWN.contains(&column), "{sql}");
                }
                Some(Err(error)) => return Err(format!("{sql}: {error}").into()),
                None => {}
            }
        }
    }
    assert_eq!(accepted, BTreeSet::from(SHOWN));
    Ok(())
}

/// Creates a database with downgrades and stamps between the upgrades. The returned chain contains
/// only the first revision.
fn wandered() -> Result<(Scratch, Chain), Box<dyn std::error::Error>> {
    let scratch = Scratch::new()?;
    scratch.write("a1", "", "CREATE TABLE a (n INTEGER);", "DROP TABLE a;")?;
    let known = scratch.chain()?;
    scratch.write("b2", "a1", "CREATE TABLE b (n INTEGER);", "DROP TABLE b;")?;
    scratch.write("c3", "b2", "CREATE TABLE c (n INTEGER);", "DROP TABLE c;")?;
    let (chain, mut connection) = (scratch.chain()?, scratch.open()?);
    let migrator = chain.migrator();
    migrator.upgrade(&mut connection, "head")?;
    migrator.downgrade(&mut connection, "a1")?;
    migrator.upgrade(&mut connection, "b2")?;
    connection.execute_batch("CREATE TABLE c (n INTEGER)")?;
    migrator.stamp(&mut connection, "head")?;
    Ok((scratch, known))
}

#[test]
fn rows_of_downgrades_and_stamps_are_checked_too() -> TestResult {
    let (scratch, known) = wandered()?;
    let connection = scratch.open()?;
    let rows: i64 = connection.query_row("SELECT count(*) FROM aludel_history", [], |row| row.get(0))?;
    assert_eq!(rows, 7);
    let mut accepted = BTreeSet::new();
    for (column, _) in HISTORY_COLUMNS {
        for (row, change) in (1..=rows).flat_map(|row| CHANGES.map(|change| (row, change))) {
            let value = change.replace("{}", column);
            let sql = format!(
                "UPDATE aludel_history SET {column} = {value} WHERE id = {row} AND {column} IS NOT {value}"
            );
            if let Some(Ok(())) = plan(&connection, &known, &sql)? {
                accepted.insert((column, row));
            }
        }
    }
    accepted.retain(|(column, _)| !SHOWN.contains(column));
    assert_eq!(accepted, BTreeSet::new());
    // A dependency may be a label, whose spelling the checksum covers. It must be that of the
    // chain.
    for (row, dependency) in (1..=rows).flat_map(|row| ["a1", "b2", "x"].map(|id| (row, id))) {
        let sql = format!(
            "UPDATE aludel_history SET depends_on = '{dependency}', downgrade_sql = 'DROP TABLE a;' WHERE id = {row}"
        );
        assert!(matches!(plan(&connection, &known, &sql)?, Some(Err(Error::Ledger { .. }))), "{sql}");
    }
    Ok(())
}

#[test]
fn a_direction_is_checked_unless_it_has_the_same_effect() -> TestResult {
    let (scratch, known) = repaired()?;
    let connection = scratch.open()?;
    let mut accepted = Vec::new();
    let directions = ["upgrade", "downgrade", "stamp", "repair", "upgrade-started", "downgrade-started"];
    for (row, direction) in (1..=ROWS).flat_map(|row| directions.map(|way| (row, way))) {
        let sql = format!(
            "UPDATE aludel_history SET direction = '{direction}' WHERE id = {row} AND direction <> '{direction}'"
        );
        if let Some(Ok(())) = plan(&connection, &known, &sql)? {
            accepted.push((row, direction));
        }
    }
    // A stamp records the same facts as an upgrade. Without the first row, the history begins
    // later.
    let without_first = [(1, "upgrade-started"), (1, "downgrade-started")];
    assert_eq!(accepted, [&[(1, "stamp")], &without_first[..], &[(2, "stamp"), (4, "stamp")]].concat());
    Ok(())
}

#[test]
fn a_missing_or_added_row_is_noticed() -> TestResult {
    let (scratch, known) = repaired()?;
    let connection = scratch.open()?;
    for row in 2..=ROWS {
        let missing = format!("DELETE FROM aludel_history WHERE id = {row}");
        assert!(matches!(plan(&connection, &known, &missing)?, Some(Err(_))), "{missing}");
        let columns: Vec<&str> = HISTORY_COLUMNS.iter().map(|(name, _)| *name).collect();
        let columns = columns.join(", ");
        let added = format!(
            "INSERT INTO aludel_history ({columns}) SELECT {columns} FROM aludel_history WHERE id = {row}"
        );
        assert!(matches!(plan(&connection, &known, &added)?, Some(Err(_))), "{added}");
    }
    assert!(matches!(plan(&connection, &known, "UPDATE aludel_history SET id = id")?, Some(Ok(()))));
    Ok(())
}

#[test]
fn a_recorded_text_counts_only_with_its_checksum() -> TestResult {
    let scratch = Scratch::new()?;
    scratch.write("a1", "", "CREATE TABLE a (n INTEGER);", "DROP TABLE a;")?;
    let mut connection = scratch.open()?;
    scratch.chain()?.migrator().upgrade(&mut connection, "head")?;
    let edited = "CREATE TABLE a (n TEXT);";
    scratch.write("a1", "", edited, "DROP TABLE a;")?;
    connection.execute("UPDATE aludel_history SET upgrade_sql = ?1", [edited])?;
    let chain = scratch.chain()?;
    let status = chain.migrator().status(Some(&connection))?;
    assert_eq!(status, Status::Diverged { edited: vec!["a1".to_owned()] });
    Ok(())
}
