//! Chains that the proof accepts or rejects, in addition to the individual errors in
//! `tests/messages/proof/`.

use aludel::{Error, ForeignKeyViolation};
use tests::{Scratch, TestResult};

#[test]
fn names_in_any_script_are_proved() -> TestResult {
    let scratch = Scratch::new()?;
    scratch.write("a1", "", "CREATE TABLE \"Äpfel\" (a TEXT);", "DROP TABLE \"Äpfel\";")?;
    scratch.write("b2", "a1", "CREATE INDEX \"Üb\" ON \"Äpfel\" (a);", "DROP INDEX \"Üb\";")?;
    scratch.chain()?;
    scratch.write("c3", "b2", "CREATE TABLE \"Öl\" (a);", "SELECT 1;")?;
    assert!(
        scratch.faults()?.contains("table `Öl` is left behind\n --> migrations/c3_script.sql:9:1"),
        "{}",
        scratch.faults()?
    );
    Ok(())
}

#[test]
fn err_a_statement_that_rolls_everything_back_is_blamed() -> TestResult {
    for statement in [
        "INSERT OR ROLLBACK INTO t VALUES (1), (1);",
        "CREATE TRIGGER r BEFORE INSERT ON t BEGIN SELECT RAISE(ROLLBACK, 'no'); END; INSERT INTO t VALUES (2);",
    ] {
        let scratch = Scratch::new()?;
        scratch.write("a1", "", "CREATE TABLE t (a UNIQUE);", "DROP TABLE t;")?;
        scratch.write("b2", "a1", statement, "SELECT 1;")?;
        scratch.write("c3", "a1", "CREATE TABLE u (a);", "SELECT 1;")?;
        let faults = scratch.faults()?;
        assert!(
            faults.contains("migrations/b2_script.sql:7:") && faults.contains("this upgrade fails"),
            "{faults}"
        );
        assert!(faults.contains("table `u` is left behind"), "the other fault is not reported: {faults}");
        assert!(!faults.contains("not an error of the scripts"), "{faults}");
    }
    Ok(())
}

#[test]
fn err_aludels_own_tables_are_not_for_a_script_even_where_they_are_there() -> TestResult {
    for table in ["alembic_version", "aludel_history"] {
        let scratch = Scratch::new()?;
        let upgrade = format!("CREATE TABLE IF NOT EXISTS {table} (junk TEXT NOT NULL);");
        scratch.write("a1", "", &upgrade, "SELECT 1;")?;
        assert!(scratch.faults()?.contains(table), "{}", scratch.faults()?);
    }
    Ok(())
}

#[test]
fn err_what_sqlite_refuses_is_refused_where_nothing_is_executed() -> TestResult {
    let scratch = Scratch::new()?;
    let text = "-- Trim\n--\n-- Revision ID: a1\n-- Revises:\n-- Unproved: needs a function of the program\n\n-- upgrade\n\
                DELETE FROM t ORDER BY a LIMIT 1;\n\n-- downgrade\n-- nothing to do: rows only\n";
    scratch.write_file("a1_trim.sql", text.as_bytes())?;
    assert!(scratch.faults()?.contains("migrations/a1_trim.sql:8:15"), "{}", scratch.faults()?);
    Ok(())
}

#[test]
fn err_a_collation_that_went_with_the_column_of_an_index_is_blamed_on_the_script() -> TestResult {
    let scratch = Scratch::new()?;
    scratch.write(
        "a1",
        "",
        "CREATE TABLE t (a TEXT COLLATE NOCASE);\nCREATE INDEX i ON t(a);",
        "DROP TABLE t;",
    )?;
    let rebuild = "DROP TABLE t;\nCREATE TABLE t (a TEXT);\nCREATE INDEX i ON t(a);";
    scratch.write("b2", "a1", rebuild, "SELECT 1;")?;
    let faults = scratch.faults()?;
    assert!(faults.contains("column `t.a` was `TEXT COLLATE NOCASE`, is now `TEXT`"), "{faults}");
    assert!(faults.contains("migrations/b2_script.sql"), "{faults}");
    Ok(())
}

#[test]
fn a_row_that_violates_two_keys_to_one_parent_is_counted_for_each() -> TestResult {
    let scratch = Scratch::new()?;
    let tables = "CREATE TABLE p (x UNIQUE, y UNIQUE);\n\
                  CREATE TABLE c (k REFERENCES p (x), FOREIGN KEY (k) REFERENCES p (y));";
    scratch.write("a1", "", tables, "DROP TABLE c;\nDROP TABLE p;")?;
    let mut connection = scratch.database()?.open()?;
    scratch.chain()?.migrator().upgrade(&mut connection, "a1")?;
    connection
        .execute_batch("PRAGMA foreign_keys = OFF; INSERT INTO p VALUES (5, 6); INSERT INTO c VALUES (5)")?;
    scratch.write("b2", "a1", "DELETE FROM p;", "SELECT 1;")?;
    let refused = scratch.chain()?.migrator().upgrade(&mut connection, "head");
    let Err(Error::ForeignKeys { violations }) = refused else { return Err(format!("{refused:?}").into()) };
    assert_eq!(
        violations.iter().map(|violation: &ForeignKeyViolation| violation.count).collect::<Vec<_>>(),
        [1]
    );
    Ok(())
}
