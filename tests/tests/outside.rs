//! Crates outside the workspace: default profiles, strict lints, `aludel` under a different name,
//! and their own folder of scripts.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, MutexGuard, PoisonError};

use aludel_core::frozen::{Entry, Lock};
use aludel_core::script::{Grammar, parse};
use tests::{Scratch, TestResult, build, script};

/// Lets one test run at a time, because the tests build programs with the same name in one folder,
/// and run them from there.
static TURN: Mutex<()> = Mutex::new(());

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Copies a crate, so that a test can add scripts to it. Its dependency is given as an absolute
/// path.
fn copy(name: &str, scratch: &Scratch) -> Result<PathBuf, Box<dyn Error>> {
    let original = Path::new(env!("CARGO_MANIFEST_DIR")).join("outside").join(name);
    let copy = scratch.path(name);
    copy_folder(&original, &copy)?;
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime").canonicalize()?;
    let manifest = std::fs::read_to_string(copy.join("Cargo.toml"))?;
    std::fs::write(
        copy.join("Cargo.toml"),
        manifest.replace("../../../runtime", &runtime.to_string_lossy()),
    )?;
    Ok(copy)
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}

/// Runs `cargo run` in a crate, with its own database.
fn run(folder: &Path, database: &Path) -> std::io::Result<Output> {
    build::outside(&mut Command::new(env!("CARGO")))
        .args(["run", "--quiet", "--"])
        .arg(database)
        .current_dir(folder)
        .output()
}

fn words(output: &Output) -> (bool, String, String) {
    (
        output.status.success(),
        String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    )
}

#[test]
fn with_a_build_script_a_new_script_is_seen() -> TestResult {
    let _turn = turn();
    let scratch = Scratch::new()?;
    let folder = copy("with_build_script", &scratch)?;
    let (ok, current, printed) = words(&run(&folder, &scratch.path("one.db"))?);
    assert!(ok, "{printed}");
    assert_eq!((current.as_str(), printed.as_str()), ("b_2", ""));
    let added = script("c3", "b_2", "CREATE TABLE tags (id INTEGER PRIMARY KEY);", "DROP TABLE tags;");
    std::fs::write(folder.join("migrations/c3_create_tags.sql"), added)?;
    let source = std::fs::read_to_string(folder.join("src/main.rs"))?;
    std::fs::write(folder.join("src/main.rs"), source.replace("Rb_2", "Rc3"))?;
    let (ok, current, printed) = words(&run(&folder, &scratch.path("one.db"))?);
    assert!(ok, "{printed}");
    assert_eq!(current, "c3");
    Ok(())
}

#[test]
fn without_a_build_script_a_debug_build_says_that_a_script_was_added() -> TestResult {
    let _turn = turn();
    let scratch = Scratch::new()?;
    let folder = copy("without_build_script", &scratch)?;
    let (ok, current, printed) = words(&run(&folder, &scratch.path("two.db"))?);
    assert!(ok, "{printed}");
    assert_eq!((current.as_str(), printed.as_str()), ("b_2", ""));
    let added = script("c3", "b_2", "CREATE TABLE tags (id INTEGER PRIMARY KEY);", "DROP TABLE tags;");
    std::fs::write(folder.join("migrations/c3_create_tags.sql"), added)?;
    let (ok, current, printed) = words(&run(&folder, &scratch.path("two.db"))?);
    assert!(ok, "{printed}");
    assert_eq!(current, "b_2");
    assert!(printed.contains("c3_create_tags.sql` was added after this program was built"), "{printed}");
    Ok(())
}

/// A changed file makes the build fail, so only a program that is started without cargo can detect
/// one.
#[test]
fn without_a_build_script_a_debug_build_says_that_a_view_was_added_or_changed() -> TestResult {
    let _turn = turn();
    let scratch = Scratch::new()?;
    let folder = copy("without_build_script", &scratch)?;
    let view = |name: &str| format!("CREATE VIEW {name} AS SELECT id FROM notes;");
    let created = script("c3", "b_2", &view("named"), "DROP VIEW named;");
    std::fs::write(folder.join("migrations/c3_create_view.sql"), created)?;
    let repeatable = folder.join("migrations/repeatable");
    std::fs::create_dir(&repeatable)?;
    std::fs::write(repeatable.join("named.sql"), view("named"))?;
    let database = scratch.path("four.db");
    let (ok, _, printed) = words(&run(&folder, &database)?);
    assert!(ok && printed.is_empty(), "{printed}");

    std::fs::write(repeatable.join("other.sql"), view("other"))?;
    let (ok, _, printed) = words(&run(&folder, &database)?);
    assert!(ok, "{printed}");
    assert!(printed.contains("repeatable/other.sql` was added after this program was built"), "{printed}");
    assert!(!printed.contains("named.sql"), "{printed}");

    std::fs::remove_file(repeatable.join("other.sql"))?;
    std::fs::write(repeatable.join("named.sql"), view("named").replace("id", "rowid AS id"))?;
    let program = build::outside_target().join("debug/outside-without-build-script");
    let (ok, _, printed) = words(&Command::new(program).arg(&database).output()?);
    assert!(ok, "{printed}");
    assert!(printed.contains("repeatable/named.sql` was changed after this program was built"), "{printed}");
    let (ok, _, printed) = words(&run(&folder, &database)?);
    assert!(!ok && printed.contains("repeatable/named.sql"), "{printed}");
    Ok(())
}

#[test]
fn an_edit_of_a_frozen_script_stops_the_build() -> TestResult {
    let _turn = turn();
    for name in ["with_build_script", "without_build_script"] {
        let scratch = Scratch::new()?;
        let folder = copy(name, &scratch)?;
        let (path, lock) = (
            folder.join("migrations/2026_01_15_1030-a.1_create_notes.sql"),
            folder.join("migrations/frozen.lock"),
        );
        let build = || Ok::<_, std::io::Error>(words(&run(&folder, &scratch.path("three.db"))?));
        let (ok, _, printed) = build()?;
        assert!(ok, "{printed}");
        let text = std::fs::read_to_string(&path)?;
        std::fs::write(&lock, frozen("a.1_create_notes.sql", &text))?;
        std::fs::write(&path, text.replacen('\n', "\n-- Notes are short.\n", 1))?;
        let (ok, _, printed) = build()?;
        assert!(ok, "{printed}");
        std::fs::write(&path, text.replacen("CREATE TABLE", "CREATE  TABLE", 1))?;
        let (ok, _, printed) = build()?;
        assert!(!ok && printed.contains("revision `a.1` is frozen, but its upgrade was edited"), "{printed}");
        std::fs::write(&path, &text)?;
        let (ok, _, printed) = build()?;
        assert!(ok, "{printed}");
        std::fs::write(&lock, "zz - - 77\n")?;
        let (ok, _, printed) = build()?;
        assert!(!ok && printed.contains("expected 64 digits"), "{printed}");
    }
    Ok(())
}

/// Returns a `frozen.lock` that lists one script.
fn frozen(name: &str, text: &str) -> String {
    let script = parse(name, text.as_bytes(), &mut Grammar::default()).0;
    let entries: Vec<Entry> = Entry::of(&script).into_iter().collect();
    Lock::new("frozen.lock").with(&entries, &[])
}

/// Only native code of the program can cause this, not a script. In this case, the message does not
/// claim a rollback.
#[test]
fn a_transaction_that_the_program_ends_is_reported_as_it_was() -> TestResult {
    let _turn = turn();
    let scratch = Scratch::new()?;
    let folder = copy("without_build_script", &scratch)?;
    let end = |function: &str, database: &Path| -> Result<(Option<i32>, String), Box<dyn Error>> {
        let script = folder.join("ending/b2_end.sql");
        let text = std::fs::read_to_string(&script)?.replace("FINISH()", &format!("{function}()"));
        std::fs::write(&script, text.replace("finish()", &format!("{function}()")))?;
        let output = build::outside(&mut Command::new(env!("CARGO")))
            .args(["run", "--quiet", "--bin", "ends_the_transaction", "--"])
            .arg(database)
            .current_dir(&folder)
            .output()?;
        Ok((output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned()))
    };
    let tables = |database: &Path| -> Result<Vec<String>, Box<dyn Error>> {
        let connection = aludel::rusqlite::Connection::open(database)?;
        Ok(tests::columns(&connection)?.into_keys().collect())
    };
    // The commit hook turns the commit into a rollback.
    let database = scratch.path("hooked.db");
    let (code, printed) = end("finish", &database)?;
    assert_eq!(code, Some(6), "{printed}");
    assert!(printed.contains("was rolled back"), "{printed}");
    assert_eq!(tables(&database)?, Vec::<String>::new());
    // Without the hook, the changes remain.
    let database = scratch.path("unhooked.db");
    let (code, printed) = end("finish_for_good", &database)?;
    assert_eq!(code, Some(8), "{printed}");
    assert!(printed.contains("may be committed") && !printed.contains("rolled back:"), "{printed}");
    assert!(tables(&database)?.contains(&"u".to_owned()));
    Ok(())
}
