//! An older program downgrades a database that a newer one has migrated, with the scripts in the
//! ledger.

use aludel::rusqlite::Connection;
use aludel::{Chain, Error, LedgerFaultKind, Status};
use tests::{Columns, Scratch, TestResult, columns, failure, rows_of, schema};

/// ```text
/// version 1   a1
/// version 2   a1 - b2 - d2     c2 is labelled `extra`
///               \ c2
/// version 3   d2, c2 - m3 - e3     f3 is a base of its own and depends on the label `extra`
/// ```
struct Program {
    scratch: Scratch,
    versions: Vec<Chain>,
}

const SCRIPTS: [(usize, &str, &str, &str); 7] = [
    (1, "a1", "", ""),
    (2, "b2", "a1", ""),
    (2, "c2", "a1", "-- Branch Labels: extra\n"),
    (2, "d2", "b2", ""),
    (3, "m3", "d2, c2", ""),
    (3, "e3", "m3", "-- Loses: rows of t_a1\n"),
    (3, "f3", "", "-- Depends On: extra\n"),
];

impl Program {
    fn new() -> Result<Self, Box<dyn std::error::Error>> {
        let scratch = Scratch::new()?;
        let mut versions = Vec::new();
        for version in 1..=3 {
            for (_, id, revises, keys) in SCRIPTS.iter().filter(|(since, ..)| *since == version) {
                let (upgrade, downgrade) = match *id {
                    "m3" => (String::new(), String::new()),
                    "e3" => (
                        "DELETE FROM t_a1 WHERE n > 90;\nALTER TABLE t_a1 ADD COLUMN m INTEGER;".to_owned(),
                        "ALTER TABLE t_a1 DROP COLUMN m;".to_owned(),
                    ),
                    id => (format!("CREATE TABLE t_{id} (n INTEGER);"), format!("DROP TABLE t_{id};")),
                };
                let text = tests::script(id, revises, &upgrade, &downgrade);
                let text = text.replacen("\n\n-- upgrade", &format!("\n{keys}\n-- upgrade"), 1);
                scratch.write_file(&format!("{id}_script.sql"), text.as_bytes())?;
            }
            versions.push(scratch.chain()?);
        }
        Ok(Self { scratch, versions })
    }

    fn version(&self, number: usize) -> Result<&Chain, &'static str> {
        self.versions.get(number - 1).ok_or("there is no such version")
    }

    /// Creates a new database at the heads of a version.
    fn database_at(&self, number: usize) -> Result<Connection, Box<dyn std::error::Error>> {
        let path = self.scratch.path("test.db");
        if path.exists() {
            std::fs::remove_file(path)?;
        }
        let mut connection = self.scratch.open()?;
        self.version(number)?.migrator().upgrade(&mut connection, "heads")?;
        Ok(connection)
    }

    fn file(&self) -> std::io::Result<Vec<u8>> {
        std::fs::read(self.scratch.path("test.db"))
    }
}

fn users_columns(connection: &Connection) -> aludel::rusqlite::Result<Columns> {
    let mut columns = columns(connection)?;
    columns.retain(|table, _| table.starts_with("t_"));
    Ok(columns)
}

#[test]
fn each_version_takes_the_database_of_each_newer_one_back_and_forth() -> TestResult {
    let program = Program::new()?;
    for old in 1..=3 {
        for new in old..=3 {
            let mut connection = program.database_at(old)?;
            let (older, newer) = (program.version(old)?.migrator(), program.version(new)?.migrator());
            for table in users_columns(&connection)?.into_keys() {
                connection.execute_batch(&format!("INSERT INTO {table} (n) VALUES (1), (2)"))?;
            }
            let kept = users_columns(&connection)?;
            let (was, rows) = (schema(&connection)?, rows_of(&connection, &kept)?);
            let current = older.current(&connection)?;
            for _ in 0..2 {
                newer.upgrade(&mut connection, "heads")?;
                let report = older.downgrade_to_known(&mut connection)?;
                assert_eq!(report.ran.is_empty(), old == new);
                assert_eq!(report.current, current, "{old} and {new}");
                assert_eq!(older.status(Some(&connection))?, Status::AtHead, "{old} and {new}");
                assert_eq!(tests::differences(&was, &schema(&connection)?), [""; 0], "{old} and {new}");
                assert_eq!(rows_of(&connection, &kept)?, rows, "{old} and {new}");
            }
            newer.upgrade(&mut connection, "heads")?;
            assert_eq!(newer.status(Some(&connection))?, Status::AtHead, "{old} and {new}");
        }
    }
    Ok(())
}

#[test]
fn the_newest_revision_is_reverted_first_and_what_it_lost_is_named() -> TestResult {
    let program = Program::new()?;
    let connection = program.database_at(2)?;
    let mut connection = connection;
    let newer = program.version(3)?.migrator();
    for target in ["f3", "e3"] {
        newer.upgrade(&mut connection, target)?;
    }
    let plan = program.version(1)?.migrator().plan_downgrade_to_known(Some(&connection))?;
    let order: Vec<&str> = plan.steps().map(|step| step.revision).collect();
    assert_eq!(order.len(), 6);
    assert_eq!(order.get(..3), Some(["e3", "m3", "f3"].as_slice()));
    assert_eq!(plan.after(), ["a1"]);
    let loses: Vec<&str> = plan.steps().take(1).flat_map(|step| step.loses()).collect();
    assert_eq!(loses, ["rows of t_a1"]);
    Ok(())
}

#[test]
fn a_known_revision_that_was_applied_later_stays() -> TestResult {
    let program = Program::new()?;
    let mut connection = program.database_at(1)?;
    let newer = program.version(2)?.migrator();
    newer.upgrade(&mut connection, "c2")?;
    newer.upgrade(&mut connection, "d2")?;
    std::fs::remove_file(program.scratch.migrations().join("c2_script.sql"))?;
    for file in ["m3", "e3", "f3"] {
        std::fs::remove_file(program.scratch.migrations().join(format!("{file}_script.sql")))?;
    }
    let without_c2 = program.scratch.chain()?;
    let report = without_c2.migrator().downgrade_to_known(&mut connection)?;
    assert_eq!(report.current, ["d2"]);
    assert!(users_columns(&connection)?.keys().eq(["t_a1", "t_b2", "t_d2"]));
    Ok(())
}

/// Alembic writes no ledger rows, and `stamp --purge` writes special ones.
#[test]
fn a_history_that_did_not_begin_with_aludel_or_was_stamped_leads_back_too() -> TestResult {
    let program = Program::new()?;
    let (older, newer) = (program.version(1)?.migrator(), program.version(3)?.migrator());
    let mut connection = program.database_at(1)?;
    connection.execute_batch("DROP TABLE aludel_history")?;
    newer.upgrade(&mut connection, "heads")?;
    assert_eq!(older.downgrade_to_known(&mut connection)?.current, ["a1"]);
    newer.upgrade(&mut connection, "heads")?;
    newer.purge_and_stamp(&mut connection, &["heads"])?;
    assert_eq!(older.downgrade_to_known(&mut connection)?.current, ["a1"]);
    newer.upgrade(&mut connection, "heads")?;
    newer.stamp(&mut connection, "b2")?;
    newer.stamp_all(&mut connection, &["heads"])?;
    assert_eq!(older.downgrade_to_known(&mut connection)?.current, ["a1"]);
    assert!(users_columns(&connection)?.keys().eq(["t_a1"]));
    Ok(())
}

/// The columns that no hash covers. They are displayed, but determine nothing.
const DESCRIPTIONS: [&str; 7] =
    ["message", "applied_at", "elapsed_us", "version", "unproved", "loses", "allow"];

#[test]
fn a_ledger_with_any_changed_field_stops_it_before_anything_runs() -> TestResult {
    let program = Program::new()?;
    let connection = program.database_at(3)?;
    let ids: Vec<i64> = connection
        .prepare("SELECT id FROM aludel_history")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let columns = columns(&connection)?.remove("aludel_history").ok_or("no ledger")?;
    drop(connection);
    let whole = program.file()?;
    let older = program.version(1)?.migrator();
    let mut stopped = 0;
    for id in &ids {
        for column in &columns {
            let values = if column == "id" { ["id + 1000", "-1"] } else { ["'x'", "x'00'"] };
            for value in values.into_iter().chain(["NULL"]) {
                std::fs::write(program.scratch.path("test.db"), &whole)?;
                let mut connection = program.scratch.open()?;
                let changed = connection
                    .execute(&format!("UPDATE aludel_history SET {column} = {value} WHERE id = {id} AND {column} IS NOT {value}"), []);
                // A value that the table does not accept, or that was there already.
                if changed != Ok(1) {
                    continue;
                }
                let is_in_order = column == "id" && [(7, "id + 1000"), (1, "-1")].contains(&(*id, value));
                let is_label = column == "branch_labels" && revision_of(&connection, *id)? != "c2";
                drop(connection);
                let before = program.file()?;
                connection = program.scratch.open()?;
                let result = older.downgrade_to_known(&mut connection);
                drop(connection);
                if DESCRIPTIONS.contains(&column.as_str()) || is_in_order || is_label {
                    assert_eq!(result?.current, ["a1"], "{column} of row {id} as {value}");
                    continue;
                }
                let error = failure(result).map_err(|_| format!("{column} of row {id} as {value}"))?;
                assert!(matches!(error, Error::Ledger { .. } | Error::Diverged { .. }), "{error:?}");
                assert_eq!(program.file()?, before, "{column} of row {id} as {value}");
                stopped += 1;
            }
        }
    }
    assert!(stopped > 7 * 15, "{stopped}");
    Ok(())
}

fn revision_of(connection: &Connection, id: i64) -> aludel::rusqlite::Result<String> {
    connection.query_row("SELECT revision FROM aludel_history WHERE id = ?1", [id], |row| row.get(0))
}

#[test]
fn a_missing_or_repeated_row_stops_it() -> TestResult {
    let program = Program::new()?;
    drop(program.database_at(3)?);
    let whole = program.file()?;
    let older = program.version(1)?.migrator();
    for id in 2..=7 {
        let copy = format!(
            "CREATE TEMP TABLE c AS SELECT * FROM aludel_history WHERE id = {id}; UPDATE c SET id = 8; INSERT INTO aludel_history SELECT * FROM c"
        );
        for change in [format!("DELETE FROM aludel_history WHERE id = {id}"), copy] {
            std::fs::write(program.scratch.path("test.db"), &whole)?;
            let mut connection = program.scratch.open()?;
            connection.execute_batch(&change)?;
            let error = failure(older.downgrade_to_known(&mut connection))?;
            assert!(matches!(error, Error::Ledger { .. }), "{change}: {error:?}");
        }
    }
    Ok(())
}

#[test]
fn messages_name_the_row_and_the_reason() -> TestResult {
    let program = Program::new()?;
    let mut connection = program.database_at(2)?;
    connection.execute_batch(
        "UPDATE aludel_history SET downgrade_sql = 'DROP TABLE t_a1;' WHERE revision = 'c2'",
    )?;
    let older = program.version(1)?.migrator();
    let error = failure(older.downgrade_to_known(&mut connection))?;
    let row: i64 =
        connection.query_row("SELECT id FROM aludel_history WHERE revision = 'c2'", [], |row| row.get(0))?;
    assert_eq!(
        error.to_string(),
        format!(
            "cannot revert with the ledger `aludel_history`: row {row}, revision `c2`: the checksum does not match the scripts and the parents in the row; nothing was changed"
        )
    );
    assert_eq!(error.exit_code(), 1);
    connection.execute_batch("DELETE FROM aludel_history WHERE revision = 'c2'")?;
    let error = failure(older.downgrade_to_known(&mut connection))?;
    let Error::Ledger { fault, .. } = &error else { return Err(format!("{error:?}").into()) };
    assert_eq!((fault.revision.as_str(), &fault.why, fault.row), ("c2", &LedgerFaultKind::NoRow, None));
    Ok(())
}

/// A forged ledger can be consistent. Its scripts have no more permissions than others.
#[test]
fn a_forged_script_is_checked_and_guarded_like_any_other() -> TestResult {
    let program = Program::new()?;
    let older = program.version(1)?.migrator();
    for (forged, is_text) in [
        ("ATTACH 'other.db' AS other;", true),
        ("COMMIT;", true),
        ("DROP TABLE alembic_version;", false),
        ("DELETE FROM aludel_history;", false),
        ("SELECT load_extension('x');", false),
        ("DROP TABLE t_c2; CREATE TEMP TABLE left_behind (n);", false),
    ] {
        let mut connection = program.database_at(2)?;
        forge(&connection, "c2", forged)?;
        let before = tests::dump(&connection)?;
        let error = failure(older.downgrade_to_known(&mut connection))?;
        assert_eq!(matches!(error, Error::Ledger { .. }), is_text, "{forged}: {error:?}");
        assert_eq!(matches!(error, Error::Failed(_)), !is_text, "{forged}: {error:?}");
        assert_eq!(tests::dump(&connection)?, before, "{forged}");
    }
    Ok(())
}

/// Replaces a downgrade in the ledger, together with the checksum and every later state.
fn forge(connection: &Connection, revision: &str, downgrade: &str) -> TestResult {
    let (upgrade, revises): (String, String) = connection.query_row(
        "SELECT upgrade_sql, revises FROM aludel_history WHERE revision = ?1",
        [revision],
        |row| Ok((row.get(0)?, row.get(1)?)),
    )?;
    let checksum = aludel_core::script::checksum(&upgrade, downgrade, &[&revises], &[]);
    connection.execute(
        "UPDATE aludel_history SET downgrade_sql = ?1, checksum = ?2 WHERE revision = ?3",
        [downgrade, &checksum, revision],
    )?;
    let sql = "SELECT id, revision, checksum FROM aludel_history ORDER BY id";
    let rows: Vec<(i64, String, String)> = connection
        .prepare(sql)?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect::<Result<_, _>>()?;
    for (id, ..) in &rows {
        let applied = rows.iter().filter(|(other, ..)| other <= id);
        let state =
            aludel_core::chain::state(applied.map(|(_, revision, sum)| (revision.as_str(), sum.as_str())));
        connection.execute("UPDATE aludel_history SET state = ?1 WHERE id = ?2", (state, id))?;
    }
    Ok(())
}

#[test]
fn a_plan_runs_only_at_its_start() -> TestResult {
    let program = Program::new()?;
    let mut connection = program.database_at(3)?;
    let older = program.version(1)?.migrator();
    let plan = older.plan_downgrade_to_known(Some(&connection))?;
    program.version(3)?.migrator().downgrade(&mut connection, "m3")?;
    let before = tests::dump(&connection)?;
    let error = failure(older.run(&mut connection, &plan))?;
    assert!(matches!(error, Error::Moved { .. }), "{error:?}");
    assert_eq!(tests::dump(&connection)?, before);
    Ok(())
}
