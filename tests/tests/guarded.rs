//! Statements that no script can run, in any context: on a user's database, in a replay in memory,
//! and in the proof.
//!
//! The statements are inserted into chains after parsing, so the tests do not depend on the parser
//! to reject them.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use aludel::rusqlite::Connection;
use aludel::{Chain, Error, Status};
use aludel_core::chain::{Script, Section, VERSION_TABLE, assemble};
use aludel_core::folder;
use tests::{Scratch, TestResult, dump, failure, files, load};

/// Statements that affect more than the schema and rows of the main database. `VICTIM` is another
/// database.
const FORBIDDEN: [&str; 16] = [
    "COMMIT",
    "\u{feff}COMMIT",
    "END",
    "ROLLBACK",
    "\u{feff}\u{feff}ATTACH 'VICTIM' AS v",
    "ATTACH 'made.db' AS v",
    "VACUUM INTO 'FOLDER/made.db'",
    "PRAGMA user_version = 7",
    "EXPLAIN PRAGMA hard_heap_limit = 100000",
    "DELETE FROM alembic_version",
    "UPDATE aludel_history SET state = ''",
    "DROP TABLE alembic_version",
    "CREATE TRIGGER w AFTER INSERT ON alembic_version BEGIN SELECT 1; END",
    "CREATE TABLE copied AS SELECT * FROM aludel_history",
    "CREATE TABLE copied AS SELECT file FROM pragma_database_list",
    "CREATE TEMP TABLE left_behind (a)",
];

/// Creates `a <- b`. The upgrade of `b` creates a table, and then runs a statement that was never
/// parsed.
fn chain_with(scratch: &Scratch, statement: &str) -> Result<Chain, Box<dyn std::error::Error>> {
    scratch.write("a", "", "CREATE TABLE t (a);", "DROP TABLE t;")?;
    scratch.write("b", "a", "CREATE TABLE u (a);", "DROP TABLE u;")?;
    let folder = folder::read(&scratch.migrations(), "migrations");
    let assembled = assemble(&folder, false).map_err(|_| "the scripts are sound")?;
    let mut chain = assembled.chain(VERSION_TABLE);
    let first = "CREATE TABLE u (a);";
    let sql = format!("{first}\n{statement};\nINSERT INTO u VALUES (1);");
    let (second, third) = (first.len() + 1, first.len() + statement.len() + 3);
    let statements = vec![0..first.len(), second..third - 1, third..sql.len()];
    let scripts: Vec<Script> = chain.scripts.iter().cloned().collect();
    chain.scripts = scripts
        .into_iter()
        .map(|script| match &*script.id {
            "b" => Script {
                upgrade: Section {
                    sql: Cow::Owned(sql.clone()),
                    line: 7,
                    statements: Cow::Owned(statements.clone()),
                },
                ..script
            },
            _ => script,
        })
        .collect();
    Ok(Chain::loaded(chain))
}

fn database(path: &Path, sql: &str) -> Result<Connection, Box<dyn std::error::Error>> {
    let connection = Connection::open(path)?;
    connection.execute_batch(sql)?;
    Ok(connection)
}

fn written_out(statement: &str, scratch: &Scratch) -> String {
    let folder = scratch.folder().to_string_lossy();
    statement.replace("VICTIM", &format!("{folder}/victim.db")).replace("FOLDER", &folder)
}

#[test]
fn a_run_changes_nothing_if_one_statement_reaches_too_far() -> TestResult {
    for statement in FORBIDDEN {
        let scratch = Scratch::new()?;
        database(&scratch.path("victim.db"), "CREATE TABLE users (a); INSERT INTO users VALUES (1)")?;
        let chain = chain_with(&scratch, &written_out(statement, &scratch))?;
        let mut connection = scratch.open()?;
        chain.migrator().upgrade(&mut connection, "a")?;
        let (before, beside) = (dump(&connection)?, names(&scratch)?);
        let error = failure(chain.migrator().upgrade(&mut connection, "b"))?;
        assert!(matches!(error, Error::Failed(_)), "{statement}: {error:?}");
        assert_eq!(error.exit_code(), 6, "{statement}");
        assert!(error.to_string().contains("b_script.sql:"), "{error}");
        assert!(connection.is_autocommit());
        assert_eq!(dump(&connection)?, before, "{statement}");
        assert_eq!(names(&scratch)?, beside, "{statement}");
        // The hooks are removed, so the program may do what a script may not.
        connection.execute_batch("BEGIN; PRAGMA user_version = 1; COMMIT")?;
    }
    Ok(())
}

#[test]
fn a_report_that_replays_scripts_touches_no_file() -> TestResult {
    for statement in FORBIDDEN {
        let scratch = Scratch::new()?;
        database(&scratch.path("victim.db"), "CREATE TABLE users (a); INSERT INTO users VALUES (1)")?;
        let chain = chain_with(&scratch, &written_out(statement, &scratch))?;
        let unversioned = database(&scratch.path("other.db"), "CREATE TABLE other (a)")?;
        let before = files(scratch.folder())?;
        let status = chain.migrator().status(Some(&unversioned))?;
        assert!(matches!(status, Status::Unversioned { .. }), "{statement}: {status:?}");
        assert_eq!(files(scratch.folder())?, before, "{statement}");
    }
    Ok(())
}

fn names(scratch: &Scratch) -> std::io::Result<Vec<std::ffi::OsString>> {
    Ok(files(scratch.folder())?.into_keys().collect())
}

#[test]
fn a_header_may_let_a_released_script_read_the_version_table() -> TestResult {
    let scratch = Scratch::new()?;
    scratch.write("a", "", "CREATE TABLE t (a);", "DROP TABLE t;")?;
    let script = "-- Reads where it is\n--\n-- Revision ID: b\n-- Revises: a\n-- Allow: reads-version-table\n\n\
                  -- upgrade\nCREATE TABLE u AS SELECT version_num FROM alembic_version;\n\n-- downgrade\nDROP TABLE u;\n";
    scratch.write_file("b_script.sql", script.as_bytes())?;
    let chain = load(&scratch.migrations())?;
    let mut connection = scratch.open()?;
    chain.migrator().upgrade(&mut connection, "a")?;
    chain.migrator().upgrade(&mut connection, "b")?;
    let found: String = connection.query_row("SELECT version_num FROM u", [], |row| row.get(0))?;
    assert_eq!(found, "a");
    let refused = script.replace("-- Allow: reads-version-table\n", "");
    scratch.write_file("b_script.sql", refused.as_bytes())?;
    let faults = failure(load(&scratch.migrations()))?;
    assert!(faults.contains("`alembic_version` differs between databases at the same revision"), "{faults}");
    Ok(())
}

/// Chains that were frozen by earlier versions, each with unusual text that SQLite accepts. They
/// stay valid forever.
#[test]
fn what_was_frozen_stays_valid() -> TestResult {
    let mut count = 0;
    for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("data/frozen"))? {
        let folder: PathBuf = entry?.path();
        assert!(folder.join("frozen.lock").is_file(), "{}", folder.display());
        let chain = load(&folder).map_err(|faults| format!("{}: {faults}", folder.display()))?;
        let mut connection = Connection::open_in_memory()?;
        chain.migrator().upgrade(&mut connection, "head")?;
        chain.migrator().downgrade(&mut connection, "base")?;
        count += 1;
    }
    assert!(count > 30, "{count}");
    Ok(())
}

/// Lists every call in which SQLite compiles text that is not a literal in the call. Scripts run
/// only in `core/src/guarded/`. A new entry must describe its text.
#[test]
fn only_one_place_runs_the_text_of_scripts() -> TestResult {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut calls = Vec::new();
    for package in ["core", "proof", "macros", "runtime", "cli"] {
        collect(&root.join(package).join("src"), &mut calls)?;
    }
    calls.sort();
    calls.dedup();
    insta::assert_snapshot!(calls.join("\n"));
    Ok(())
}

fn collect(folder: &Path, calls: &mut Vec<String>) -> TestResult {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            if path.file_name().is_none_or(|name| name != "tests") {
                collect(&path, calls)?;
            }
            continue;
        }
        if path.file_name().is_some_and(|name| name == "tests.rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path)?;
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for method in
            ["execute_batch(", ".execute(", ".prepare(", "query_row(", "prepare_cached(", "Batch::new("]
        {
            for (at, _) in code.match_indices(method) {
                let argument = code.get(at + method.len()..).unwrap_or_default().trim_start();
                let is_written_out = argument.starts_with('"') || argument.starts_with("&format!(");
                if !is_written_out {
                    let shown: String =
                        argument.chars().take_while(|letter| !",)\n".contains(*letter)).collect();
                    let path = path.to_string_lossy().replace('\\', "/");
                    let path = path.rsplit_once("/../").map_or(path.as_str(), |(_, path)| path);
                    calls.push(format!("{path}: {method}{shown}"));
                }
            }
        }
    }
    Ok(())
}
