//! Foreign keys: a run adds no violations, does not fail because of old ones, and restores
//! enforcement.

use aludel::rusqlite::Connection;
use aludel::{Error, Report};
use tests::{Scratch, TestResult, dump, failure, script};

/// Creates a chain `a <- b` with the given upgrades.
fn chain(there: &str, done: &str) -> std::io::Result<Scratch> {
    let scratch = Scratch::new()?;
    scratch.write("a", "", there, &drop_all(there))?;
    scratch.write("b", "a", done, "-- nothing to do: rows stay as they are")?;
    Ok(scratch)
}

/// Returns statements that drop the tables that `sql` creates.
fn drop_all(sql: &str) -> String {
    let names = sql.split("CREATE TABLE ").skip(1).filter_map(|rest| rest.split_whitespace().next());
    names.fold(String::new(), |drops, name| drops + "DROP TABLE " + name + ";\n")
}

const PARENT: &str = "CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT);";

/// Applies `a`, inserts rows, and applies `b`.
fn run(scratch: &Scratch, rows: &str) -> Result<Result<Report, Error>, Box<dyn std::error::Error>> {
    let mut connection = scratch.open()?;
    scratch.chain()?.migrator().upgrade(&mut connection, "a")?;
    connection.execute_batch("PRAGMA foreign_keys = OFF")?;
    connection.execute_batch(rows)?;
    connection.execute_batch("PRAGMA foreign_keys = ON")?;
    let before = dump(&connection)?;
    let result = scratch.chain()?.migrator().upgrade(&mut connection, "b");
    if result.is_err() {
        assert_eq!(dump(&connection)?, before, "a run that failed changed something");
    }
    assert!(enforced(&connection)?);
    Ok(result)
}

fn old(report: &Report) -> Vec<String> {
    report.old_violations.iter().map(ToString::to_string).collect()
}

fn enforced(connection: &Connection) -> aludel::rusqlite::Result<bool> {
    connection.query_row("PRAGMA foreign_keys", [], |row| row.get(0))
}

const CHILD: &str = "CREATE TABLE child (parent_id INTEGER REFERENCES parent(id), note TEXT);";

#[test]
fn an_old_violation_is_reported_and_not_blamed() -> TestResult {
    let scratch = chain(&format!("{PARENT} {CHILD}"), "UPDATE child SET note = 'seen';")?;
    let report = run(&scratch, "INSERT INTO child VALUES (7, 'x'), (7, 'y'), (8, 'z'), (NULL, NULL)")??;
    assert_eq!(
        old(&report),
        [
            "2 rows of `child` with `parent_id` = 7, which does not exist in `parent`",
            "1 row of `child` with `parent_id` = 8, which does not exist in `parent`"
        ]
    );
    Ok(())
}

#[test]
fn a_rebuild_that_renumbers_rowids_makes_no_violation_new() -> TestResult {
    let rebuild = "CREATE TABLE rebuilt (parent_id INTEGER REFERENCES parent(id), note TEXT);
        INSERT INTO rebuilt SELECT * FROM child ORDER BY note DESC; DROP TABLE child; ALTER TABLE rebuilt RENAME TO child;";
    let scratch = chain(&format!("{PARENT} {CHILD}"), rebuild)?;
    let rows = "INSERT INTO parent VALUES (1, 'p'); INSERT INTO child VALUES (1, 'a'), (7, 'b'), (1, 'c'), (9, 'd'); DELETE FROM child WHERE note = 'a'";
    let report = run(&scratch, rows)??;
    assert_eq!(report.old_violations.len(), 2);
    Ok(())
}

#[test]
fn a_rebuild_of_the_parent_keeps_its_children() -> TestResult {
    let there =
        format!("{PARENT} CREATE TABLE child (parent_id INTEGER REFERENCES parent(id) ON DELETE CASCADE);");
    let rebuild =
        "CREATE TABLE rebuilt (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO rebuilt SELECT * FROM parent;
        DROP TABLE parent; ALTER TABLE rebuilt RENAME TO parent;";
    let scratch = chain(&there, rebuild)?;
    run(&scratch, "INSERT INTO parent VALUES (1, 'p'); INSERT INTO child VALUES (1)")??;
    let count: i64 = scratch.open()?.query_row("SELECT count(*) FROM child", [], |row| row.get(0))?;
    assert_eq!(count, 1);
    Ok(())
}

#[test]
fn an_old_violation_without_rowid_is_known_again() -> TestResult {
    let there = format!(
        "{PARENT} CREATE TABLE child (id TEXT PRIMARY KEY, parent_id INTEGER REFERENCES parent(id)) WITHOUT ROWID;"
    );
    let scratch = chain(&there, "UPDATE child SET id = id || '!';")?;
    let report = run(&scratch, "INSERT INTO child VALUES ('x', 7)")??;
    assert_eq!(old(&report), ["1 row of `child` with `parent_id` = 7, which does not exist in `parent`"]);
    Ok(())
}

#[test]
fn composite_keys_are_told_column_by_column() -> TestResult {
    let there = "CREATE TABLE parent (x INTEGER, y TEXT, PRIMARY KEY (y, x));
        CREATE TABLE child (cx INTEGER, cy TEXT, FOREIGN KEY (cy, cx) REFERENCES parent);";
    let scratch = chain(there, "INSERT INTO child VALUES (2, 'it''s'), (NULL, 'b'), (3, NULL);")?;
    let error = failure(run(
        &scratch,
        "INSERT INTO parent VALUES (1, 'a'); INSERT INTO child VALUES (1, 'a'), (1, 'b')",
    )?)?;
    let Error::ForeignKeys { violations } = &error else { return Err(error.into()) };
    let printed: Vec<String> = violations.iter().map(ToString::to_string).collect();
    assert_eq!(
        printed,
        ["1 row of `child` with `cy` = 'it''s' and `cx` = 2, which does not exist in `parent`"]
    );
    Ok(())
}

#[test]
fn a_new_violation_stops_the_run_and_names_child_parent_and_value() -> TestResult {
    let scratch = chain(&format!("{PARENT} {CHILD}"), "DELETE FROM parent WHERE name = 'gone';")?;
    let rows = "INSERT INTO parent VALUES (1, 'gone'), (2, 'p'); INSERT INTO child VALUES (1, 'x'), (1, 'y'), (2, 'z')";
    let error = failure(run(&scratch, rows)?)?;
    assert_eq!(error.exit_code(), 6);
    assert_eq!(
        error.to_string(),
        "the run was rolled back because it would have violated foreign keys: 2 rows of `child` with `parent_id` = 1, \
         which does not exist in `parent`"
    );
    assert!(!error.hint().ok_or("no hint")?.contains("ON DELETE"));
    Ok(())
}

#[test]
fn a_cascade_that_a_script_relied_on_is_named() -> TestResult {
    for action in ["CASCADE", "SET NULL", "SET DEFAULT"] {
        let there = format!(
            "{PARENT} CREATE TABLE child (parent_id INTEGER REFERENCES parent(id) ON DELETE {action});"
        );
        let scratch = chain(&there, "DELETE FROM parent WHERE name = 'gone';")?;
        let error =
            failure(run(&scratch, "INSERT INTO parent VALUES (1, 'gone'); INSERT INTO child VALUES (1)")?)?;
        let hint = error.hint().ok_or("no hint")?;
        assert!(hint.contains("ON DELETE had no effect"), "{action}: {hint}");
    }
    Ok(())
}

#[test]
fn more_rows_of_an_old_violation_are_new() -> TestResult {
    let scratch = chain(&format!("{PARENT} {CHILD}"), "INSERT INTO child VALUES (7, 'new');")?;
    let error = failure(run(&scratch, "INSERT INTO child VALUES (7, 'old'), (7, 'old')")?)?;
    let Error::ForeignKeys { violations } = &error else { return Err(error.into()) };
    assert_eq!(violations.iter().map(|violation| violation.count).collect::<Vec<_>>(), [1]);
    Ok(())
}

#[test]
fn an_old_violation_in_the_place_of_another_is_new() -> TestResult {
    let scratch = chain(&format!("{PARENT} {CHILD}"), "UPDATE child SET parent_id = 8;")?;
    let error = failure(run(&scratch, "INSERT INTO child VALUES (7, 'old')")?)?;
    assert!(error.to_string().contains("`parent_id` = 8"), "{error}");
    Ok(())
}

#[test]
fn an_old_violation_stays_old_when_its_column_gets_another_name() -> TestResult {
    let rename = "ALTER TABLE child RENAME COLUMN parent_id TO owner_id;";
    let scratch = Scratch::new()?;
    let there = format!("{PARENT} {CHILD}");
    scratch.write("a", "", &there, &drop_all(&there))?;
    scratch.write("b", "a", rename, "ALTER TABLE child RENAME COLUMN owner_id TO parent_id;")?;
    let report = run(&scratch, "INSERT INTO child VALUES (7, 'old')")??;
    assert_eq!(old(&report), ["1 row of `child` with `owner_id` = 7, which does not exist in `parent`"]);
    Ok(())
}

/// A parent key without a unique index is an error of the schema
/// (<https://sqlite.org/foreignkeys.html#fk_indexes>), and makes the check itself fail. This also
/// happens if the index was dropped by hand.
const BY_NAME: &str = "CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT, gone INTEGER);
    CREATE UNIQUE INDEX names ON parent (name); CREATE UNIQUE INDEX all_gone ON parent (gone);
    CREATE TABLE child (name TEXT REFERENCES parent(name), parent_id INTEGER REFERENCES parent(id));
    CREATE TABLE grandchild (gone INTEGER REFERENCES parent(gone), parent_id INTEGER REFERENCES parent(id));";

#[test]
fn a_table_that_could_not_be_checked_before_is_an_old_fault() -> TestResult {
    let scratch = chain(BY_NAME, "UPDATE child SET name = name;")?;
    let report = run(&scratch, "DROP INDEX names; INSERT INTO child VALUES ('nobody', NULL)")??;
    assert_eq!(
        old(&report),
        [
            "the foreign keys of `child` cannot be checked: foreign key mismatch - \"child\" referencing \"parent\"",
            "1 row of `child` with `name` = 'nobody', which does not exist in `parent`",
        ]
    );
    Ok(())
}

#[test]
fn a_table_that_can_be_checked_at_last_blames_nobody_for_its_old_rows() -> TestResult {
    let scratch = Scratch::new()?;
    scratch.write("a", "", BY_NAME, &drop_all(BY_NAME))?;
    scratch.write(
        "b",
        "a",
        "CREATE UNIQUE INDEX unique_names ON parent (name);",
        "DROP INDEX unique_names;",
    )?;
    let report = run(&scratch, "DROP INDEX names; INSERT INTO child VALUES ('nobody', NULL)")??;
    assert_eq!(old(&report), ["1 row of `child` with `name` = 'nobody', which does not exist in `parent`"]);
    Ok(())
}

#[test]
fn beside_a_key_that_cannot_be_checked_the_others_are() -> TestResult {
    let scratch =
        chain(BY_NAME, "INSERT INTO child VALUES (NULL, 9); INSERT INTO grandchild VALUES (NULL, 9);")?;
    let rows = "DROP INDEX names; DROP INDEX all_gone; ALTER TABLE parent DROP COLUMN gone;
        INSERT INTO child VALUES ('nobody', NULL); INSERT INTO grandchild VALUES (3, NULL);";
    let error = failure(run(&scratch, rows)?)?;
    let Error::ForeignKeys { violations } = &error else { return Err(error.into()) };
    let printed: Vec<String> = violations.iter().map(ToString::to_string).collect();
    assert_eq!(
        printed,
        [
            "1 row of `child` with `parent_id` = 9, which does not exist in `parent`",
            "1 row of `grandchild` with `parent_id` = 9, which does not exist in `parent`",
        ]
    );
    Ok(())
}

/// Writes a script, `b`, that the compiler would reject.
fn write_what_breaks_a_key(scratch: &Scratch, upgrade: &str, downgrade: &str) -> std::io::Result<()> {
    let text = script("b", "a\n-- Allow: foreign-key-mismatch", upgrade, downgrade);
    scratch.write_file("b_script.sql", text.as_bytes())
}

#[test]
fn a_key_that_the_run_breaks_is_new() -> TestResult {
    let there = "CREATE TABLE parent (name TEXT); CREATE UNIQUE INDEX names ON parent (name); CREATE TABLE child (name TEXT REFERENCES parent(name));";
    let scratch = Scratch::new()?;
    scratch.write("a", "", there, &drop_all(there))?;
    write_what_breaks_a_key(&scratch, "DROP INDEX names;", "CREATE UNIQUE INDEX names ON parent (name);")?;
    let error = failure(run(&scratch, "INSERT INTO parent VALUES ('p'); INSERT INTO child VALUES ('p')")?)?;
    assert!(error.to_string().contains("the foreign keys of `child` cannot be checked"), "{error}");
    Ok(())
}

#[test]
fn a_parent_table_that_the_run_takes_away_is_new() -> TestResult {
    let scratch = Scratch::new()?;
    let there = format!("{PARENT} {CHILD}");
    scratch.write("a", "", &there, &drop_all(&there))?;
    write_what_breaks_a_key(&scratch, "DROP TABLE parent;", PARENT)?;
    let error =
        failure(run(&scratch, "INSERT INTO parent VALUES (1, 'p'); INSERT INTO child VALUES (1, 'x')")?)?;
    assert!(
        error.to_string().contains("1 row of `child` with `parent_id` = 1, which does not exist in `parent`"),
        "{error}"
    );
    Ok(())
}

/// The child's value is compared with the affinity and the collation of the parent's column
/// (<https://sqlite.org/foreignkeys.html>).
#[test]
fn values_are_compared_as_foreign_keys_compare_them() -> TestResult {
    let there = "CREATE TABLE parent (id TEXT COLLATE NOCASE PRIMARY KEY); CREATE TABLE child (parent_id INTEGER REFERENCES parent(id), word TEXT REFERENCES parent(id));";
    let scratch = chain(there, "INSERT INTO child VALUES (1, 'ABC'), (2, NULL);")?;
    let error = failure(run(
        &scratch,
        "INSERT INTO parent VALUES ('1'), ('abc'); INSERT INTO child VALUES (1, 'Abc')",
    )?)?;
    let Error::ForeignKeys { violations } = &error else { return Err(error.into()) };
    let printed: Vec<String> = violations.iter().map(ToString::to_string).collect();
    assert_eq!(printed, ["1 row of `child` with `parent_id` = 2, which does not exist in `parent`"]);
    Ok(())
}

#[test]
fn enforcement_is_as_it_was() -> TestResult {
    for on in [true, false] {
        let scratch = chain(&format!("{PARENT} {CHILD}"), "INSERT INTO child VALUES (7, 'new');")?;
        let mut connection = scratch.open()?;
        connection.execute_batch(&format!("PRAGMA foreign_keys = {on}"))?;
        let chain = scratch.chain()?;
        chain.migrator().upgrade(&mut connection, "a")?;
        assert_eq!(enforced(&connection)?, on, "after a run");
        failure(chain.migrator().upgrade(&mut connection, "b"))?;
        assert_eq!(enforced(&connection)?, on, "after a run that failed");
        chain.migrator().stamp(&mut connection, "b")?;
        chain.migrator().downgrade(&mut connection, "base")?;
        assert_eq!(enforced(&connection)?, on, "after a downgrade");
    }
    Ok(())
}
