//! Scripts outside a transaction split a run into parts, each of which is applied completely or not
//! at all.

use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use aludel::rusqlite::Connection;
use aludel::{Backup, Chain, Error, LedgerAction, Status};
use tests::{Scratch, TestResult, dump, failure};

const UPGRADE: &str = "PRAGMA page_size = 8192;\nPRAGMA auto_vacuum = INCREMENTAL;\nVACUUM;";
const DOWNGRADE: &str = "PRAGMA page_size = 4096;\nPRAGMA auto_vacuum = NONE;\nVACUUM;";

/// The header of a script that runs outside a transaction.
fn outside(revises: &str) -> String {
    format!("{revises}\n-- Outside Transaction: only VACUUM changes the layout of the file")
}

/// Creates `a <- b <- c <- d`, of which `c` runs outside a transaction.
fn chain() -> Result<Scratch, Box<dyn std::error::Error>> {
    let scratch = Scratch::new()?;
    let table = |id: &str| (format!("CREATE TABLE t_{id} (n INTEGER);"), format!("DROP TABLE t_{id};"));
    for (id, revises) in [("a", ""), ("b", "a"), ("d", "c")] {
        let (upgrade, downgrade) = table(id);
        scratch.write(id, revises, &upgrade, &downgrade)?;
    }
    scratch.write("c", &outside("b"), UPGRADE, DOWNGRADE)?;
    Ok(scratch)
}

fn number(connection: &Connection, pragma: &str) -> aludel::rusqlite::Result<i64> {
    connection.query_row(&format!("PRAGMA {pragma}"), [], |row| row.get(0))
}

/// Returns the rows of the ledger as `direction revision`.
fn ledger(chain: &Chain, connection: &Connection) -> Result<Vec<String>, Error> {
    let entries = chain.migrator().ledger(connection)?;
    Ok(entries.iter().map(|entry| format!("{} {}", entry.action, entry.revision)).collect())
}

#[test]
fn a_run_in_parts_applies_the_settings_of_the_file_and_records_where_it_is() -> TestResult {
    let (scratch, mut steps) = (chain()?, Vec::new());
    let (chain, mut connection) = (scratch.chain()?, scratch.open()?);
    let migrator = chain.migrator().allow_outside_transaction();
    let report = migrator.upgrade(&mut connection, "head")?;
    assert_eq!((report.ran.len(), report.current), (4, vec!["d".to_owned()]));
    assert_eq!((number(&connection, "page_size")?, number(&connection, "auto_vacuum")?), (8192, 2));
    steps.extend(["upgrade a", "upgrade b", "upgrade-started c", "upgrade c", "upgrade d"]);
    assert_eq!(ledger(&chain, &connection)?, steps);
    assert_eq!(migrator.status(Some(&connection))?, Status::AtHead);
    assert_eq!(migrator.warnings(&connection)?, [""; 0]);
    let report = migrator.downgrade(&mut connection, "a")?;
    assert_eq!((report.ran.len(), report.current), (3, vec!["a".to_owned()]));
    assert_eq!((number(&connection, "page_size")?, number(&connection, "auto_vacuum")?), (4096, 0));
    steps.extend(["downgrade d", "downgrade-started c", "downgrade c", "downgrade b"]);
    assert_eq!(ledger(&chain, &connection)?, steps);
    Ok(())
}

#[test]
fn a_run_that_does_not_allow_it_is_refused_before_it_begins() -> TestResult {
    let scratch = chain()?;
    let (chain, mut connection) = (scratch.chain()?, scratch.open()?);
    chain.migrator().upgrade(&mut connection, "b")?;
    let before = dump(&connection)?;
    let error = failure(chain.migrator().upgrade(&mut connection, "head"))?;
    assert_eq!(
        error.to_string(),
        "`c` (migrations/c_script.sql) runs outside a transaction, which this run does not allow: \
         only VACUUM changes the layout of the file; nothing was changed"
    );
    assert_eq!((error.exit_code(), error.hint().is_some()), (1, true));
    assert_eq!(dump(&connection)?, before);
    Ok(())
}

#[test]
fn a_section_with_nothing_to_do_needs_no_permission() -> TestResult {
    let scratch = Scratch::new()?;
    scratch.write("a", "", "CREATE TABLE t (n INTEGER);", "DROP TABLE t;")?;
    scratch.write("b", &outside("a"), "VACUUM;", "-- nothing to do: the layout may stay")?;
    let (chain, mut connection) = (scratch.chain()?, scratch.open()?);
    chain.migrator().allow_outside_transaction().upgrade(&mut connection, "head")?;
    chain.migrator().downgrade(&mut connection, "base")?;
    let steps = ["upgrade a", "upgrade-started b", "upgrade b", "downgrade b", "downgrade a"];
    assert_eq!(ledger(&chain, &connection)?, steps);
    Ok(())
}

#[test]
fn a_part_that_fails_leaves_the_parts_before_it() -> TestResult {
    let scratch = chain()?;
    scratch.write("d", "c", "CREATE UNIQUE INDEX i ON t_a (n);", "DROP INDEX i;")?;
    let (chain, mut connection) = (scratch.chain()?, scratch.open()?);
    chain.migrator().upgrade(&mut connection, "a")?;
    connection.execute_batch("INSERT INTO t_a VALUES (1), (1)")?;
    let migrator = chain.migrator().allow_outside_transaction();
    let migrator = migrator.backup(Backup::next_to_database());
    let error = failure(migrator.upgrade(&mut connection, "head"))?;
    let printed = "the run stopped after `b`, `c` were committed, and the database is at revision `c`";
    assert_eq!((error.to_string().as_str(), error.exit_code()), (printed, 6));
    assert!(
        aludel::causes(&error)
            .first()
            .is_some_and(|cause| cause.starts_with("the upgrade of revision `d` failed")),
        "{error:?}"
    );
    let Error::Partly { report, source } = error else { return Err("another error".into()) };
    assert!(matches!(*source, Error::Failed(_)) && report.ran.len() == 2);
    assert!(report.backup.as_ref().is_some_and(|path| path.is_file()), "{report:?}");
    assert_eq!(migrator.current(&connection)?, ["c"]);
    connection.execute_batch("DELETE FROM t_a WHERE rowid = 1")?;
    assert_eq!(migrator.upgrade(&mut connection, "head")?.ran.len(), 1);
    Ok(())
}

#[test]
fn a_setting_that_wal_mode_keeps_is_an_error_and_can_be_run_again() -> TestResult {
    let scratch = chain()?;
    let (chain, mut connection) = (scratch.chain()?, scratch.open()?);
    connection.pragma_update(None, "journal_mode", "WAL")?;
    let migrator = chain.migrator().allow_outside_transaction();
    migrator.upgrade(&mut connection, "b")?;
    let error = failure(migrator.upgrade(&mut connection, "head"))?;
    assert!(error.to_string().contains("a database in WAL mode keeps its page size"), "{error}");
    assert_eq!(migrator.current(&connection)?, ["b"]);
    let warnings = migrator.warnings(&connection)?;
    assert!(warnings.first().is_some_and(|warning| warning.starts_with("the upgrade of `c` began outside a transaction at 2")), "{warnings:?}");
    connection.pragma_update(None, "journal_mode", "DELETE")?;
    assert_eq!(migrator.upgrade(&mut connection, "head")?.current, ["d"]);
    assert_eq!(migrator.warnings(&connection)?, [""; 0]);
    Ok(())
}

#[test]
fn a_reader_that_holds_the_database_is_waited_for() -> TestResult {
    let scratch = chain()?;
    let (chain, mut connection) = (scratch.chain()?, scratch.open()?);
    let reader = Arc::new(Mutex::new(scratch.open()?));
    let limit = std::time::Duration::from_millis(50);
    let migrator = chain.migrator().allow_outside_transaction().lock_timeout(limit);
    migrator.upgrade(&mut connection, "b")?;
    let read = |reader: &Mutex<Connection>, sql: &str| {
        assert!(reader.lock().is_ok_and(|reader| reader.execute_batch(sql).is_ok()), "{sql}");
    };
    let reading = Arc::clone(&reader);
    let holding = migrator.clone().on_progress(move |progress| {
        if progress.step.is_some_and(|step| step.revision == "c") {
            read(&reading, "BEGIN; SELECT * FROM sqlite_schema");
        }
    });
    let error = failure(holding.upgrade(&mut connection, "head"))?;
    assert!(matches!(error, Error::Locked { .. }), "{error}");
    read(&reader, "COMMIT");
    assert_eq!(migrator.upgrade(&mut connection, "head")?.current, ["d"]);
    Ok(())
}

#[test]
fn a_process_that_dies_between_two_parts_is_noticed_and_the_next_one_continues() -> TestResult {
    for (revision, current, newest) in
        [("c", "b", LedgerAction::UpgradeStarted), ("d", "c", LedgerAction::Upgrade)]
    {
        let scratch = chain()?;
        let migrate = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_migrate"));
            command.args([scratch.path("test.db"), scratch.migrations(), "upgrade".into()]);
            command.stdout(Stdio::null()).stderr(Stdio::null());
            command
        };
        assert!(!migrate().env("ABORT_BEFORE", revision).status()?.success());
        let (chain, connection) = (scratch.chain()?, scratch.open()?);
        assert_eq!(chain.migrator().current(&connection)?, [current]);
        let entries = chain.migrator().ledger(&connection)?;
        assert_eq!(entries.last().map(|entry| &entry.action), Some(&newest));
        let is_interrupted = newest == LedgerAction::UpgradeStarted;
        assert_eq!(chain.migrator().warnings(&connection)?.len(), usize::from(is_interrupted));
        assert!(migrate().status()?.success());
        assert_eq!(chain.migrator().status(Some(&connection))?, Status::AtHead);
        assert_eq!(number(&connection, "page_size")?, 8192);
    }
    Ok(())
}

#[test]
fn another_process_may_finish_the_run_between_two_parts() -> TestResult {
    for target in ["head", "c", "base"] {
        let scratch = chain()?;
        let (chain, mut connection) = (scratch.chain()?, scratch.open()?);
        let (folder, other) = (scratch.migrations(), scratch.database()?);
        let moving = chain.migrator().allow_outside_transaction().on_progress(move |progress| {
            let is_at_c = progress.step.is_some_and(|step| step.revision == "c");
            if is_at_c && progress.done == 2 {
                let moved = moved(&folder, &other, target);
                assert!(moved.is_ok(), "{moved:?}");
            }
        });
        let report = moving.upgrade(&mut connection, "head")?;
        assert_eq!(report.current, ["d"], "{target}");
        assert_eq!(chain.migrator().status(Some(&connection))?, Status::AtHead, "{target}");
        assert_eq!(moving.upgrade(&mut connection, "head")?.ran, []);
        scratch_with_only_a(&scratch)?.migrator().plan_downgrade_to_known(Some(&connection))?;
    }
    Ok(())
}

/// Moves a database to a target, as if by another process.
fn moved(folder: &std::path::Path, database: &aludel::Database, target: &str) -> TestResult {
    let (chain, mut connection) = (tests::load(folder)?, database.open()?);
    let migrator = chain.migrator().allow_outside_transaction();
    match target {
        "base" => migrator.downgrade(&mut connection, "base")?,
        target => migrator.upgrade(&mut connection, target)?,
    };
    Ok(())
}

/// Returns the chain of an older program, which knows only the first revision.
fn scratch_with_only_a(scratch: &Scratch) -> Result<Chain, Box<dyn std::error::Error>> {
    let older = Scratch::new()?;
    std::fs::copy(scratch.migrations().join("a_script.sql"), older.migrations().join("a_script.sql"))?;
    Ok(older.chain()?)
}

#[test]
fn a_plan_that_another_process_overtakes_stops_and_says_where_it_is() -> TestResult {
    let scratch = chain()?;
    let (chain, mut connection) = (scratch.chain()?, scratch.open()?);
    chain.migrator().upgrade(&mut connection, "a")?;
    let plan = chain.migrator().plan_upgrade(Some(&connection), "head")?;
    let (folder, other) = (scratch.migrations(), scratch.database()?);
    let moving = chain.migrator().allow_outside_transaction().on_progress(move |progress| {
        if progress.step.is_some_and(|step| step.revision == "c") {
            assert!(moved(&folder, &other, "base").is_ok());
        }
    });
    let error = failure(moving.run(&mut connection, &plan))?;
    let Error::Partly { report, source } = error else { return Err("another error".into()) };
    assert!(matches!(*source, Error::Moved { .. }), "{source}");
    assert_eq!(report.ran.len(), 2);
    Ok(())
}

#[test]
fn many_processes_may_run_it_at_once() -> TestResult {
    let scratch = chain()?;
    let migrate = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_migrate"));
        command.args([scratch.path("test.db"), scratch.migrations(), "upgrade".into()]);
        command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn()
    };
    let started: Vec<_> = (0..6).map(|_| migrate()).collect::<Result<_, _>>()?;
    for child in started {
        let output = child.wait_with_output()?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let connection = scratch.open()?;
    let older = scratch_with_only_a(&scratch)?;
    let steps = ledger(&scratch.chain()?, &connection)?;
    assert_eq!(steps.iter().filter(|step| *step == "upgrade c").count(), 1, "{steps:?}");
    older.migrator().plan_downgrade_to_known(Some(&connection))?;
    Ok(())
}

#[test]
fn an_older_program_takes_it_back_with_the_ledger() -> TestResult {
    let scratch = chain()?;
    let mut connection = scratch.open()?;
    scratch.chain()?.migrator().allow_outside_transaction().upgrade(&mut connection, "head")?;
    let older = scratch_with_only_a(&scratch)?;
    let refused = failure(older.migrator().downgrade_to_known(&mut connection))?;
    assert!(matches!(refused, Error::OutsideTransaction { .. }), "{refused}");
    let report = older.migrator().allow_outside_transaction().downgrade_to_known(&mut connection)?;
    assert_eq!((report.ran.len(), report.current), (3, vec!["a".to_owned()]));
    assert_eq!(number(&connection, "page_size")?, 4096);
    assert_eq!(older.migrator().status(Some(&connection))?, Status::AtHead);
    Ok(())
}

#[test]
fn a_script_of_the_ledger_runs_nothing_else_outside_a_transaction() -> TestResult {
    let scratch = chain()?;
    let mut connection = scratch.open()?;
    scratch.chain()?.migrator().allow_outside_transaction().upgrade(&mut connection, "head")?;
    let older = scratch_with_only_a(&scratch)?;
    for hostile in ["VACUUM INTO 'copy.db';", "VACUUM; DROP TABLE t_a;", "PRAGMA journal_mode = OFF;"] {
        let checksum = aludel_core::script::checksum(UPGRADE, hostile, &["b"], &[]);
        let set = "UPDATE aludel_history SET downgrade_sql = ?1, checksum = ?2 WHERE revision = 'c'";
        connection.execute(set, [hostile, &checksum])?;
        let refused = failure(older.migrator().plan_downgrade_to_known(Some(&connection)))?;
        assert!(matches!(refused, Error::Ledger { .. }), "{hostile}: {refused}");
    }
    Ok(())
}
