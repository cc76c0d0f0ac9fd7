//! Reports write nothing and leave no files behind. This is true in every journal mode, with a live
//! or crashed writer, and in read-only folders.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use aludel::rusqlite::Connection;
use aludel::{Database, Status};
use tests::{Scratch, TestResult, files};

/// A user who owns nothing.
const NOBODY: u32 = 65_534;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Clean,
    /// A writer crashed.
    Hot,
    /// A writer is in the middle of a transaction.
    Live,
}

/// Creates `a <- b`, with the database at `a`.
fn two() -> std::io::Result<Scratch> {
    let scratch = Scratch::new()?;
    for (id, revises) in [("a", ""), ("b", "a")] {
        scratch.write(id, revises, &format!("CREATE TABLE t{id} (x);"), &format!("DROP TABLE t{id};"))?;
    }
    fs::create_dir(scratch.path("data"))?;
    Ok(scratch)
}

/// Puts `data/test.db` into a state, and returns the connection of the writer if it is live.
fn bring_to(
    scratch: &Scratch,
    mode: &str,
    state: State,
) -> Result<Option<Connection>, Box<dyn std::error::Error>> {
    let staged = scratch.path("staged");
    fs::create_dir(&staged)?;
    let mut writer = Connection::open(staged.join("test.db"))?;
    writer.execute_batch(&format!("PRAGMA journal_mode = {mode}; PRAGMA wal_autocheckpoint = 0"))?;
    scratch.chain()?.migrator().upgrade(&mut writer, "a")?;
    let fill = "WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 200) INSERT INTO ta SELECT zeroblob(1000) FROM c";
    if state == State::Hot {
        // Some pages of the transaction are already in the file.
        writer.execute_batch("PRAGMA cache_size = 5")?;
    }
    if state != State::Clean {
        writer.execute_batch(&format!(
            "{fill}; BEGIN IMMEDIATE; DELETE FROM ta; UPDATE alembic_version SET version_num = 'zz'; {fill}"
        ))?;
    }
    match state {
        State::Clean => drop(writer),
        State::Hot => {
            for (name, bytes) in files(&staged)? {
                if !name.to_string_lossy().ends_with("-shm") {
                    fs::write(scratch.path("data").join(name), bytes)?;
                }
            }
            return Ok(None);
        }
        State::Live => {
            fs::remove_dir(scratch.path("data"))?;
            std::os::unix::fs::symlink("staged", scratch.path("data"))?;
            return Ok(Some(writer));
        }
    }
    fs::remove_dir(scratch.path("data"))?;
    fs::rename(staged, scratch.path("data"))?;
    Ok(None)
}

fn allow(path: &Path, mode: u32) -> std::io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// Returns the files with their contents, except for the shared memory of readers, which may
/// change.
///
/// Another process copies them first, because closing them in this process would drop the locks of
/// its own connection.
fn kept(folder: &Path) -> Result<BTreeMap<OsString, Vec<u8>>, Box<dyn std::error::Error>> {
    let copy = tempfile::tempdir()?;
    let status = Command::new("cp").arg("-r").arg(folder.join(".")).arg(copy.path()).status()?;
    assert!(status.success(), "the files cannot be copied");
    let mut files = files(copy.path())?;
    for (name, bytes) in &mut files {
        if name.to_string_lossy().ends_with("-shm") {
            bytes.clear();
        }
    }
    Ok(files)
}

/// Reads the status as a user who is subject to permissions.
fn ask(scratch: &Scratch) -> Result<(Option<i32>, String), Box<dyn std::error::Error>> {
    let program = scratch.path("migrate");
    // Not with `fs::copy`: another test's child would inherit the open file, and the system would
    // refuse to run it.
    let status = Command::new("cp").arg(env!("CARGO_BIN_EXE_migrate")).arg(&program).status()?;
    assert!(status.success(), "{status}");
    allow(&program, 0o755)?;
    allow(scratch.folder(), 0o755)?;
    let mut command = Command::new(program);
    command.args([scratch.path("data/test.db"), scratch.migrations(), "status".into()]);
    if fs::metadata(scratch.folder())?.uid() == 0 {
        command.uid(NOBODY).gid(NOBODY);
    }
    let output = command.output()?;
    let printed = String::from_utf8(output.stdout)? + &String::from_utf8(output.stderr)?;
    Ok((output.status.code(), printed))
}

#[test]
fn a_report_leaves_no_file_behind_or_says_why_it_cannot_read() -> TestResult {
    let (answer, wal, journal) =
        ("behind: 1 pending (b)", "its `-wal` holds changes", "rolling its `-journal` back");
    for (mode, state, writable, read_only) in [
        ("delete", State::Clean, answer, answer),
        ("delete", State::Hot, answer, journal),
        ("delete", State::Live, answer, answer),
        ("wal", State::Clean, answer, answer),
        ("wal", State::Hot, answer, wal),
        ("wal", State::Live, answer, wal),
    ] {
        for (is_writable, expected) in [(true, writable), (false, read_only)] {
            let case = format!("{mode} {state:?} writable={is_writable}");
            let scratch = two()?;
            let writer = bring_to(&scratch, mode, state)?;
            let data = fs::canonicalize(scratch.path("data"))?;
            for name in kept(&data)?.keys() {
                allow(&data.join(name), if is_writable { 0o666 } else { 0o444 })?;
            }
            allow(&data, if is_writable { 0o777 } else { 0o555 })?;
            let before = kept(&data)?;
            let (code, printed) = ask(&scratch)?;
            assert_eq!(code, Some(1), "{case}: {printed}");
            assert!(printed.contains(expected), "{case}: {printed}");
            let after = kept(&data)?;
            allow(&data, 0o777)?;
            if state == State::Hot && is_writable {
                assert_eq!(after.keys().collect::<Vec<_>>(), ["test.db"], "{case}: it was recovered");
                let rows: u32 = Connection::open(data.join("test.db"))?.query_row(
                    "SELECT count(*) FROM ta",
                    [],
                    |row| row.get(0),
                )?;
                assert_eq!(rows, 200, "{case}");
            } else {
                assert!(after == before, "{case}: {:?}, {:?}", before.keys(), after.keys());
            }
            drop(writer);
        }
    }
    Ok(())
}

/// A query is repeated if another process writes to the file in the meantime.
#[test]
fn what_was_read_while_the_file_changed_counts_for_nothing() -> TestResult {
    let scratch = two()?;
    bring_to(&scratch, "wal", State::Clean)?;
    let path = scratch.path("data/test.db");
    let database = Database::parse(path.to_str().ok_or("no UTF-8")?)?;
    let (chain, mut asked) = (scratch.chain()?, 0);
    let status = database.read(|connection| {
        asked += 1;
        let status = chain.migrator().status(connection)?;
        if asked == 1 {
            chain.migrator().upgrade(&mut database.open()?, "head")?;
        }
        Ok::<_, aludel::Error>(status)
    })?;
    assert_eq!((status, asked), (Status::AtHead, 2));
    assert_eq!(files(&scratch.path("data"))?.len(), 1);
    Ok(())
}

/// Inspecting the file must not drop the locks that the process holds on it.
#[test]
fn a_report_leaves_the_locks_of_its_own_process_alone() -> TestResult {
    for mode in ["delete", "wal"] {
        let scratch = two()?;
        bring_to(&scratch, mode, State::Clean)?;
        let path = scratch.path("data/test.db");
        let database = Database::parse(path.to_str().ok_or("no UTF-8")?)?;
        let holder = database.open()?;
        holder.execute_batch("BEGIN IMMEDIATE")?;
        let chain = scratch.chain()?;
        for _ in 0..2 {
            database.read(|connection| chain.migrator().status(connection))?;
        }
        let refused = Command::new(env!("CARGO_BIN_EXE_migrate"))
            .args([path, scratch.migrations(), "upgrade".into()])
            .env("LOCK_TIMEOUT", "50")
            .output()?;
        assert_eq!(refused.status.code(), Some(5), "{mode}: {}", String::from_utf8_lossy(&refused.stderr));
        holder.execute_batch("ROLLBACK")?;
    }
    Ok(())
}

/// According to the kernel, no file is created, written, truncated or removed.
#[cfg(feature = "peers")]
#[test]
fn a_report_writes_nothing() -> TestResult {
    for (mode, state) in
        [("delete", State::Clean), ("delete", State::Live), ("wal", State::Clean), ("wal", State::Live)]
    {
        let scratch = two()?;
        let writer = bring_to(&scratch, mode, state)?;
        let output = Command::new("strace")
            .args(["-f", "-y", "-e", "trace=write,pwrite64,writev,ftruncate,truncate,fallocate,unlink,unlinkat,rename,renameat,renameat2,mkdir,mkdirat,openat"])
            .arg(env!("CARGO_BIN_EXE_migrate"))
            .args([scratch.path("data/test.db"), scratch.migrations(), "status".into()])
            .output()
            .map_err(|error| format!("`strace` cannot be run: {error}"))?;
        let trace = String::from_utf8(output.stderr)?;
        assert!(trace.contains("test.db"), "{trace}");
        let is_made = |line: &&str| line.contains("openat(") && line.contains("O_CREAT");
        // Next to a live writer, SQLite opens existing files with the flags that would create them.
        let is_there =
            |line: &&str| state == State::Live && (line.contains("-wal\"") || line.contains("-shm\""));
        let changes: Vec<&str> = trace
            .lines()
            .filter(|line| line.contains("test.db"))
            .filter(|line| !line.contains("openat(") || (is_made(line) && !is_there(line)))
            .collect();
        assert!(changes.is_empty(), "{mode} {state:?}: {changes:#?}");
        drop(writer);
    }
    Ok(())
}
