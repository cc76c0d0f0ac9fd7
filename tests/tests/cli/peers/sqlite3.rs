//! `--sql` with the real `sqlite3` program.

use std::error::Error;
use std::io::Write as _;
use std::process::{Command, Output, Stdio};

use tests::TestResult;

use crate::program::Workplace;

/// Runs `sqlite3` with a script as its input.
fn sqlite3(here: &Workplace, database: &str, script: &str) -> Result<Output, Box<dyn Error>> {
    let mut child = Command::new("sqlite3")
        .arg(database)
        .current_dir(here.scratch.folder())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(|error| format!("`sqlite3` cannot be run: {error}"))?;
    let written = child.stdin.take().ok_or("no stdin")?.write_all(script.as_bytes());
    let output = child.wait_with_output()?;
    // It stops reading when a script fails.
    if output.status.success() {
        written?;
    }
    Ok(output)
}

/// Returns the output of `.dump` in `sqlite3`, without the times in the ledger.
fn dump(here: &Workplace, database: &str) -> Result<String, Box<dyn Error>> {
    let timeless = "UPDATE aludel_history SET applied_at = '', elapsed_us = 0;\n.dump\n";
    Ok(String::from_utf8(sqlite3(here, database, timeless)?.stdout)?)
}

/// Runs the commands on one database, and their scripts with `sqlite3` on another. Compares the two
/// databases after each command.
fn agree(here: &Workplace, commands: &[&str]) -> TestResult {
    for command in commands {
        here.printed(&format!("{command} --database command.db"))?;
        let script = here.printed(&format!("{command} --sql --database script.db"))?;
        let output = sqlite3(here, "script.db", &script)?;
        assert!(output.status.success(), "{command}: {output:?}");
        assert_eq!(dump(here, "script.db")?, dump(here, "command.db")?, "{command}");
    }
    assert!(dump(here, "script.db")?.contains("alembic_version"));
    Ok(())
}

#[test]
fn a_script_does_what_the_command_does() -> TestResult {
    agree(&Workplace::chain()?, &["upgrade b2", "upgrade head", "downgrade -1", "stamp a1", "stamp head"])?;
    agree(
        &Workplace::branches()?,
        &["upgrade cart@head", "upgrade heads", "downgrade cart@base", "upgrade heads", "downgrade base"],
    )?;
    agree(&Workplace::merge()?, &["stamp c3 d4", "stamp base", "upgrade m6", "downgrade b2", "upgrade c3"])
}

#[test]
fn a_script_outside_a_transaction_splits_it_too() -> TestResult {
    let here = Workplace::chain()?;
    let header = "c3\n-- Outside Transaction: only VACUUM changes the page size";
    let sections = ["PRAGMA page_size = 8192;\nVACUUM;", "PRAGMA page_size = 4096;\nVACUUM;"];
    here.scratch.write("d4", header, sections[0], sections[1])?;
    here.add("e5", "e5 and one more", "d4")?;
    agree(&here, &["upgrade head", "downgrade a1", "upgrade d4", "upgrade e5"])?;
    assert_eq!(
        sqlite3(&here, "script.db", "PRAGMA page_size;")?.stdout,
        sqlite3(&here, "command.db", "PRAGMA page_size;")?.stdout
    );
    Ok(())
}

#[test]
fn text_that_the_program_could_take_for_its_own_stays_what_it_is() -> TestResult {
    let here = Workplace::empty()?;
    let upgrade = "CREATE TABLE \"tä\"\"ble\" (id INTEGER PRIMARY KEY, name TEXT DEFAULT 'it''s\n.quit\n/\n#\n');\n\
                   CREATE TABLE log (x);\n\
                   INSERT INTO log VALUES ('\u{1b}[31mred\u{1b}[0m \u{1} 日本');\n\
                   CREATE TRIGGER tr AFTER INSERT ON \"tä\"\"ble\" BEGIN\n  \
                   INSERT INTO log VALUES (CASE WHEN new.id THEN 'a;b' END);\n  DELETE FROM log WHERE x = ';';\nEND;\n\
                   INSERT INTO \"tä\"\"ble\" (id) VALUES (6 /* ; \n.quit\n */\n/\n2) -- ;";
    let downgrade = "DROP TRIGGER tr;\nDROP TABLE log;\nDROP TABLE \"tä\"\"ble\"";
    here.scratch.write("a1", "", upgrade, downgrade)?;
    agree(&here, &["upgrade head", "downgrade base"])
}

#[test]
fn a_stamp_of_base_says_that_tables_without_a_revision_are_at_base() -> TestResult {
    let here = Workplace::chain()?;
    for database in ["command.db", "script.db"] {
        assert!(sqlite3(&here, database, "CREATE TABLE notes (id INTEGER PRIMARY KEY);")?.status.success());
        assert_eq!(here.run(&format!("upgrade head --database {database}"))?.code, Some(7));
    }
    agree(&here, &["stamp base", "stamp base", "upgrade head", "stamp head", "downgrade base"])
}

#[test]
fn photosafes_own_chain() -> TestResult {
    let here = Workplace::empty()?;
    let chain = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../migrations");
    for (name, bytes) in tests::files(&chain)? {
        here.scratch.write_file(&name.to_string_lossy(), &bytes)?;
    }
    agree(&here, &["upgrade head", "downgrade base", "upgrade head"])
}

#[test]
fn a_script_that_fails_in_its_middle_leaves_the_file_as_it_was() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("upgrade a1")?;
    let script = here.printed("upgrade head --sql")?;
    here.open()?.execute_batch("CREATE TABLE t_c3 (id INTEGER PRIMARY KEY)")?;
    let before = std::fs::read(here.database())?;
    let output = sqlite3(&here, "test.db", &script)?;
    assert_eq!(output.status.code(), Some(1));
    let printed = String::from_utf8(output.stderr)?;
    assert!(printed.contains("table t_c3 already exists"), "{printed}");
    assert_eq!(std::fs::read(here.database())?, before);
    Ok(())
}

#[test]
fn a_second_run_is_refused_and_changes_nothing() -> TestResult {
    let here = Workplace::chain()?;
    here.printed("upgrade a1")?;
    let script = here.printed("upgrade head --sql")?;
    assert!(sqlite3(&here, "test.db", &script)?.status.success());
    let before = std::fs::read(here.database())?;
    let output = sqlite3(&here, "test.db", &script)?;
    assert_eq!(output.status.code(), Some(1));
    let printed = String::from_utf8(output.stderr)?;
    assert!(printed.contains("the database is not at a1"), "{printed}");
    assert_eq!(std::fs::read(here.database())?, before);
    Ok(())
}

#[test]
fn rows_that_would_refer_to_nothing_end_the_script() -> TestResult {
    let here = Workplace::empty()?;
    let tables =
        "CREATE TABLE parent (id INTEGER PRIMARY KEY);\nCREATE TABLE child (parent REFERENCES parent);";
    here.scratch.write("a1", "", tables, "DROP TABLE child;\nDROP TABLE parent;")?;
    here.scratch.write("b2", "a1", "DELETE FROM parent;", "-- nothing to do: rows are gone")?;
    here.printed("upgrade a1 --no-proof")?;
    here.open()?.execute_batch("INSERT INTO parent VALUES (1); INSERT INTO child VALUES (1)")?;
    let output = sqlite3(&here, "test.db", &here.printed("upgrade b2 --sql --no-proof")?)?;
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr)?.contains("foreign key violation"));
    assert_eq!(here.printed("current")?, "a1\n");
    Ok(())
}
