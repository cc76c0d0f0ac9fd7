//! Tests with the real `alembic` and `sqlite3` programs. They fail if a program is missing.
#![cfg(feature = "peers")]

use std::error::Error;
use std::path::Path;
use std::process::Command;

use aludel::{At, Database};
use tests::{Scratch, TestResult};

mod migrations {
    aludel::embed_migrations!("migrations");
}

use migrations::{CHAIN, Head, revision};

/// Runs a program in a folder until it ends, and returns its output. An exit code other than 0 is
/// an error.
fn said(folder: &Path, program: &str, arguments: &[&str]) -> Result<String, Box<dyn Error>> {
    let output = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .output()
        .map_err(|error| format!("`{program}` cannot be run: {error}"))?;
    let stdout = String::from_utf8(output.stdout)?.trim().to_owned();
    if output.status.success() {
        return Ok(stdout);
    }
    Err(format!("`{program} {}`: {stdout}\n{}", arguments.join(" "), String::from_utf8_lossy(&output.stderr))
        .into())
}

/// Creates an Alembic project on `test.db` with the revisions of PhotoSafe's chain. The scripts do
/// nothing.
fn alembic_project(scratch: &Scratch) -> TestResult {
    let versions = scratch.path("alembic/versions");
    std::fs::create_dir_all(&versions)?;
    std::fs::write(
        scratch.path("alembic.ini"),
        "[alembic]\nscript_location = %(here)s/alembic\nsqlalchemy.url = sqlite:///test.db\n",
    )?;
    std::fs::write(
        scratch.path("alembic/env.py"),
        "from alembic import context\nfrom sqlalchemy import create_engine\n\n\
         engine = create_engine(context.config.get_main_option('sqlalchemy.url'))\n\
         with engine.connect() as connection:\n    context.configure(connection=connection)\n    \
         with context.begin_transaction():\n        context.run_migrations()\n",
    )?;
    for entry in CHAIN.migrator().revisions(None)? {
        let down = entry.down_revisions.first().map_or("None".to_owned(), |down| format!("'{down}'"));
        let script = format!(
            "\"\"\"{}\"\"\"\nrevision = '{}'\ndown_revision = {down}\n\ndef upgrade():\n    pass\n\ndef downgrade():\n    pass\n",
            entry.message, entry.revision
        );
        std::fs::write(versions.join(format!("{}.py", entry.revision)), script)?;
    }
    Ok(())
}

#[test]
fn alembic_and_aludel_read_and_write_one_version_table() -> TestResult {
    let scratch = Scratch::new()?;
    alembic_project(&scratch)?;
    let folder = scratch.path("");
    let database: Database = scratch.database()?;

    let ready: At<Head> = CHAIN.migrator().upgrade_to(database.open()?)?;
    let head = ready.report().current.join(" ");
    assert_eq!(said(&folder, "alembic", &["current"])?, format!("{head} (head)"));

    let older: At<revision::R49348f7a48f6> = CHAIN.migrator().downgrade_to(ready.into_connection())?;
    drop(older);
    assert_eq!(said(&folder, "alembic", &["current"])?, "49348f7a48f6");

    said(&folder, "alembic", &["stamp", "a1b2c3d4e5f6"])?;
    let connection = database.open()?;
    assert_eq!(CHAIN.migrator().current(&connection)?, ["a1b2c3d4e5f6"]);
    let ready: At<Head> = CHAIN.migrator().upgrade_to(connection)?;
    drop(ready);
    assert_eq!(said(&folder, "alembic", &["current"])?, format!("{head} (head)"));

    let connection = database.open()?;
    let base = CHAIN.migrator().downgrade(&mut { connection }, "base")?;
    assert!(base.current.is_empty());
    assert_eq!(said(&folder, "alembic", &["current"])?, "");
    Ok(())
}

#[test]
fn the_table_is_alembics_to_the_letter() -> TestResult {
    let (ours, theirs) = (Scratch::new()?, Scratch::new()?);
    drop(CHAIN.migrator().upgrade_to::<Head>(ours.database()?.open()?)?);
    alembic_project(&theirs)?;
    said(&theirs.path(""), "alembic", &["ensure_version"])?;
    let schema = |scratch: &Scratch| -> Result<String, Box<dyn Error>> {
        let sql = "SELECT name, type, \"notnull\", dflt_value, pk FROM pragma_table_info('alembic_version')";
        said(&scratch.path(""), "sqlite3", &["test.db", sql])
    };
    assert_eq!(schema(&ours)?, schema(&theirs)?);
    assert!(!schema(&ours)?.is_empty());
    Ok(())
}

#[test]
fn sqlite3_reads_both_tables() -> TestResult {
    let scratch = Scratch::new()?;
    drop(CHAIN.migrator().upgrade_to::<Head>(scratch.database()?.open()?)?);
    let ask = |sql: &str| said(&scratch.path(""), "sqlite3", &["test.db", sql]);
    assert_eq!(ask("PRAGMA integrity_check")?, "ok");
    assert_eq!(ask("SELECT version_num FROM alembic_version")?, CHAIN.heads().collect::<Vec<_>>().join(" "));
    let rows = ask("SELECT revision FROM aludel_history WHERE direction = 'upgrade' ORDER BY id")?;
    let expected: Vec<&str> = CHAIN.untyped().scripts.iter().map(|script| &*script.id).collect();
    assert_eq!(rows.lines().collect::<Vec<_>>(), expected);
    Ok(())
}

#[test]
fn databases_as_alembic_left_them_are_restored_by_sqlite3_and_taken_over() -> TestResult {
    for from in ["49348f7a48f6", "c71fdf3b7df8"] {
        let scratch = Scratch::new()?;
        let dump = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("data/photosafe-{from}.sql"));
        let read = format!(".read {}", dump.display());
        said(&scratch.path(""), "sqlite3", &["test.db", &read])?;
        let ready: At<Head> = CHAIN.migrator().upgrade_to(scratch.database()?.open()?)?;
        assert_eq!(ready.report().old_violations.len(), 1, "{}", ready.report());
        drop(ready);
        alembic_project(&scratch)?;
        let head = CHAIN.heads().collect::<Vec<_>>().join(" ");
        assert_eq!(said(&scratch.path(""), "alembic", &["current"])?, format!("{head} (head)"));
    }
    Ok(())
}
