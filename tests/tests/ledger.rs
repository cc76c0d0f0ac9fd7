//! The ledger: the row for each step, and upgrades of the table itself.

use aludel::rusqlite::Connection;
use aludel::rusqlite::types::Value;
use aludel::{LedgerEntry, Status};
use aludel_core::script::hexadecimal;
use sha2::{Digest as _, Sha256};
use tests::{Scratch, TestResult, rows_of};

/// Creates `a <- b <- c`, with one table each.
fn three() -> std::io::Result<Scratch> {
    let scratch = Scratch::new()?;
    for (id, revises) in [("a", ""), ("b", "a"), ("c", "b")] {
        scratch.write(id, revises, &format!("CREATE TABLE t{id} (x);"), &format!("DROP TABLE t{id};"))?;
    }
    Ok(scratch)
}

fn log(scratch: &Scratch) -> Result<Vec<LedgerEntry>, Box<dyn std::error::Error>> {
    Ok(scratch.chain()?.migrator().ledger(&scratch.open()?)?)
}

fn steps(scratch: &Scratch) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    Ok(log(scratch)?.into_iter().map(|entry| format!("{} {}", entry.action, entry.revision)).collect())
}

/// Computes the state after a row, using only the rows of the table.
fn state_by_the_rows(connection: &Connection, id: i64) -> Result<String, Box<dyn std::error::Error>> {
    let mut statement = connection.prepare(
        "SELECT revision || ' ' || checksum || char(10) FROM aludel_history AS h WHERE id = (SELECT max(id) FROM aludel_history \
         WHERE id <= ?1 AND revision = h.revision) AND direction <> 'downgrade' AND checksum IS NOT NULL ORDER BY revision",
    )?;
    let lines: Vec<String> = statement.query_map([id], |row| row.get(0))?.collect::<Result<_, _>>()?;
    Ok(hexadecimal(&Sha256::digest(lines.concat())))
}

#[test]
fn every_step_is_one_complete_row() -> TestResult {
    let scratch = three()?;
    let chain = scratch.chain()?;
    chain.migrator().upgrade(&mut scratch.open()?, "head")?;
    chain.migrator().downgrade(&mut scratch.open()?, "a")?;
    assert_eq!(steps(&scratch)?, ["upgrade a", "upgrade b", "upgrade c", "downgrade c", "downgrade b"]);
    let connection = scratch.open()?;
    for (entry, id) in log(&scratch)?.iter().zip(1..) {
        let script = chain
            .untyped()
            .scripts
            .iter()
            .find(|script| script.id == entry.revision)
            .ok_or("no such script")?;
        assert_eq!(entry.checksum.as_deref(), Some(&*script.checksum));
        assert_eq!(entry.upgrade_sql.as_deref(), Some(&*script.upgrade.sql));
        assert_eq!(entry.downgrade_sql.as_deref(), Some(&*script.downgrade.sql));
        assert_eq!(entry.message, format!("Script {}", entry.revision));
        assert_eq!(
            entry.revises,
            match &*entry.revision {
                "b" => vec!["a"],
                "c" => vec!["b"],
                _ => Vec::new(),
            }
        );
        assert!(entry.depends_on.is_empty());
        assert!(!entry.version.is_empty());
        assert_eq!(entry.state, state_by_the_rows(&connection, id)?, "row {id}");
    }
    let now: bool = connection.query_row(
        "SELECT min(abs(julianday('now') - julianday(applied_at)) < 0.01) FROM aludel_history",
        [],
        |row| row.get(0),
    )?;
    assert!(now, "in UTC");
    Ok(())
}

#[test]
fn several_parents_and_dependencies_are_written_down() -> TestResult {
    let scratch = Scratch::new()?;
    let nothing = "-- nothing to do: an example";
    for (id, revises) in [("a", ""), ("b", "a"), ("c", "a"), ("x", ""), ("d", "b, c\n-- Depends On: x")] {
        scratch.write_file(
            &format!("{id}_script.sql"),
            tests::script(id, revises, nothing, nothing).as_bytes(),
        )?;
    }
    scratch.chain()?.migrator().upgrade(&mut scratch.open()?, "heads")?;
    let last = log(&scratch)?.pop().ok_or("no row")?;
    assert_eq!(last.revision, "d");
    assert_eq!(last.revises, ["b", "c"]);
    assert_eq!(last.depends_on, ["x"]);
    assert_eq!(last.state, scratch.chain()?.untyped().state);
    Ok(())
}

#[test]
fn a_stamp_writes_a_row_for_what_becomes_and_ceases_to_be_applied() -> TestResult {
    let scratch = three()?;
    let chain = scratch.chain()?;
    chain.migrator().stamp(&mut scratch.open()?, "b")?;
    assert_eq!(steps(&scratch)?, ["stamp a", "stamp b"]);
    let before = log(&scratch)?;
    assert!(before.iter().all(|entry| entry.checksum.is_some()));
    chain.migrator().stamp(&mut scratch.open()?, "a")?;
    let after = log(&scratch)?;
    assert_eq!(steps(&scratch)?, ["stamp a", "stamp b", "stamp b"]);
    let last = after.last().ok_or("no row")?;
    assert_eq!((&last.checksum, &last.upgrade_sql), (&None, &None));
    let connection = scratch.open()?;
    for (entry, id) in after.iter().zip(1..) {
        assert_eq!(entry.state, state_by_the_rows(&connection, id)?, "row {id}");
    }
    chain.migrator().stamp(&mut scratch.open()?, "base")?;
    assert_eq!(chain.migrator().current(&scratch.open()?)?, Vec::<String>::new());
    let tables: i64 =
        connection
            .query_row("SELECT count(*) FROM sqlite_schema WHERE name LIKE 't_'", [], |row| row.get(0))?;
    assert_eq!(tables, 0, "a stamp runs no script");
    Ok(())
}

#[test]
fn a_stamp_takes_an_unversioned_database_in() -> TestResult {
    let scratch = three()?;
    scratch.open()?.execute_batch("CREATE TABLE ta (x)")?;
    let chain = scratch.chain()?;
    chain.migrator().stamp(&mut scratch.open()?, "a")?;
    chain.migrator().upgrade(&mut scratch.open()?, "head")?;
    assert_eq!(steps(&scratch)?, ["stamp a", "upgrade b", "upgrade c"]);
    Ok(())
}

#[test]
fn rows_are_only_ever_added() -> TestResult {
    let scratch = three()?;
    let chain = scratch.chain()?;
    let of_ledger = |connection: &Connection| {
        let mut columns = tests::columns(connection)?;
        columns.retain(|table, _| table == "aludel_history");
        rows_of(connection, &columns)
    };
    let mut before: Vec<String> = Vec::new();
    for target in ["a", "head", "b", "base", "head"] {
        let mut connection = scratch.open()?;
        if chain.migrator().upgrade(&mut connection, target)?.ran.is_empty() {
            chain.migrator().downgrade(&mut connection, target)?;
        }
        let after = of_ledger(&connection)?;
        assert!(after.len() > before.len() && before.iter().all(|row| after.contains(row)), "{target}");
        before = after;
    }
    Ok(())
}

#[test]
fn missing_columns_are_tolerated_and_added() -> TestResult {
    for missing in
        ["revision", "direction", "checksum", "state", "message", "elapsed_us", "upgrade_sql", "applied_at"]
    {
        let scratch = three()?;
        let chain = scratch.chain()?;
        let migrator = chain.migrator();
        migrator.upgrade(&mut scratch.open()?, "b")?;
        scratch.open()?.execute_batch(&format!("ALTER TABLE aludel_history DROP COLUMN {missing}"))?;
        let status = |connection: &Connection| migrator.status(Some(connection));
        assert_eq!(status(&scratch.open()?)?, Status::Behind { pending: vec!["c".to_owned()] }, "{missing}");
        assert_eq!(log(&scratch)?.len(), 2, "{missing}");
        migrator.upgrade(&mut scratch.open()?, "head")?;
        assert_eq!(status(&scratch.open()?)?, Status::AtHead, "{missing}");
        let last = log(&scratch)?.pop().ok_or("no row")?;
        assert_eq!((last.revision.as_str(), last.state == *chain.untyped().state), ("c", true), "{missing}");
        migrator.downgrade(&mut scratch.open()?, "base")?;
    }
    Ok(())
}

#[test]
fn columns_of_a_later_version_stay() -> TestResult {
    let scratch = three()?;
    let chain = scratch.chain()?;
    chain.migrator().upgrade(&mut scratch.open()?, "b")?;
    scratch.open()?.execute_batch("ALTER TABLE aludel_history ADD COLUMN host TEXT DEFAULT 'here'")?;
    chain.migrator().upgrade(&mut scratch.open()?, "head")?;
    let host: Value =
        scratch
            .open()?
            .query_row("SELECT host FROM aludel_history WHERE revision = 'c'", [], |row| row.get(0))?;
    assert_eq!(host, Value::Text("here".to_owned()));
    Ok(())
}

#[test]
fn a_revision_without_a_row_is_no_divergence() -> TestResult {
    let scratch = three()?;
    scratch.open()?.execute_batch(
        "CREATE TABLE ta (x); CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL); INSERT INTO alembic_version VALUES ('a')",
    )?;
    let chain = scratch.chain()?;
    chain.migrator().upgrade(&mut scratch.open()?, "head")?;
    assert_eq!(steps(&scratch)?, ["upgrade b", "upgrade c"]);
    assert_eq!(
        log(&scratch)?.pop().ok_or("no row")?.state,
        *chain.untyped().state,
        "the state is over all that is applied"
    );
    Ok(())
}
