//! Runs statements under the guard of a run, and in the proof.
//!
//! The process must not abort, and no file may appear next to the database. If the transaction
//! ends, an error must report it. A run that is rolled back must leave the database unchanged.

#![no_main]

use std::path::Path;
use std::sync::OnceLock;

use aludel_core::chain::{assemble, create_history_table, create_version_table};
use aludel_core::folder::{File, Folder};
use aludel_core::guarded::{Bounds, Budget, Guarded, Limits, Stopped};
use aludel_core::problem::Style;
use aludel_proof::proof::{self, Options};
use aludel_core::script::statements;
use libfuzzer_sys::fuzz_target;
use rusqlite::{Connection, Result, Transaction, TransactionBehavior};

/// The maximum number of virtual machine steps for one statement.
const STEPS: u64 = 20_000;

/// The maximum number of virtual machine steps for a whole input.
const BUDGET: u64 = 400_000;

/// The maximum number of pages of a database.
const PAGES: u32 = 128;

/// The maximum length of a value, in bytes. A single function call on a longer value could take
/// minutes.
const LONGEST_VALUE: i32 = 20_000;

/// Returns a folder that contains only the database.
fn folder() -> &'static Path {
    static FOLDER: OnceLock<std::path::PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let folder = std::env::temp_dir().join(format!("aludel-execution-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a temporary folder can be made");
        folder
    })
}

fuzz_target!(|text: &str| {
    let text = text.replace('\0', "");
    let home = std::env::current_dir().expect("there is a folder to come back to");
    // A file with a relative path would be created in this folder. The path of the fuzzer's corpus
    // is relative to the original folder.
    std::env::set_current_dir(folder()).expect("the folder can be entered");
    run(&text).expect("SQLite's own statements do not fail");
    prove(&text);
    std::env::set_current_dir(home).expect("there is a way back");
    let beside: Vec<_> = std::fs::read_dir(folder())
        .expect("the folder is there")
        .flatten()
        .map(|entry| entry.file_name())
        .collect();
    assert_eq!(beside, ["test.db"], "a file was written beside the database");
});

/// Runs the statements one by one as a run does, up to the first that fails, and rolls back.
fn run(text: &str) -> Result<()> {
    let path = folder().join("test.db");
    let _ = std::fs::remove_file(&path);
    let mut connection = Connection::open(&path)?;
    Limits { pages: PAGES, page_size: 1024, longest_value: LONGEST_VALUE, longest_pattern: 500 }
        .set(&connection)?;
    connection.execute_batch(&create_version_table("alembic_version"))?;
    connection.execute_batch(&create_history_table("aludel_history"))?;
    connection.execute_batch("CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT UNIQUE); INSERT INTO t VALUES (1, 'x'); INSERT INTO alembic_version VALUES ('a1')")?;
    let before = connection.serialize("main")?.to_vec();
    let bounds = Bounds { steps: STEPS, budget: Budget::new(BUDGET), stop: None };
    let own_tables = ["alembic_version", "aludel_history"].map(str::to_owned);
    {
        let guarded = Guarded::new(&mut connection, own_tables, Some(bounds), None)?;
        let transaction = Transaction::new_unchecked(guarded.connection(), TransactionBehavior::Immediate)?;
        for span in statements(text) {
            let statement = text.get(span).unwrap_or_default();
            match guarded.run(statement).map_err(|refused| refused.why) {
                Ok(()) => assert!(
                    !guarded.connection().is_autocommit(),
                    "{statement:?} ended the transaction in silence"
                ),
                Err(Stopped::Ended { .. }) => panic!("{statement:?} ended the transaction"),
                Err(Stopped::Several) => panic!("{statement:?} is more than one statement to SQLite"),
                Err(_) => break,
            }
        }
        if !guarded.connection().is_autocommit() {
            transaction.rollback()?;
        }
    }
    assert_eq!(connection.serialize("main")?.to_vec(), before, "a run that was rolled back left something");
    assert_eq!(connection.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0))?, "ok");
    Ok(())
}

/// Proves a chain with one script. The proof must end, and every problem must be printable.
fn prove(text: &str) {
    let script = format!(
        "-- m\n-- Revision ID: a1\n-- Revises:\n-- upgrade\n{text}\n-- downgrade\nDROP TABLE IF EXISTS t;\n"
    );
    let folder = Folder {
        files: vec![File { path: "migrations/a1_m.sql".to_owned(), bytes: script.into_bytes() }],
        ..Folder::default()
    };
    let problems = match assemble(&folder, false) {
        Err(faulty) => faulty.problems,
        Ok(assembled) => {
            let options = Options {
                steps: STEPS,
                pages: PAGES,
                budget: Budget::new(BUDGET),
                longest_value: LONGEST_VALUE,
                ..Options::default()
            };
            proof::prove(&assembled, &options).err().unwrap_or_default()
        }
    };
    for problem in problems {
        assert!(!problem.title().is_empty() && !problem.render(Style::Plain).is_empty());
    }
}
