//! Killed processes, full disks and invalid files: the database is unchanged, and the message
//! states the problem.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use aludel::Error;
use aludel::rusqlite::{Connection, OpenFlags};
use tests::{Scratch, TestResult, dump, failure, files};

/// The number of points at which a process is killed, for each direction and journal mode.
const POINTS: u32 = 20;

/// The number of rows that the scripts rewrite.
const ROWS: u32 = 30_000;

/// With a cache of only a few pages, SQLite writes to the file long before the commit.
const SMALL_CACHE: &str = "PRAGMA cache_size = 20";

/// Creates `a <- b <- c <- d`. Each script rewrites a table in both directions.
fn rewriting() -> Result<Scratch, Box<dyn std::error::Error>> {
    let scratch = Scratch::new()?;
    let rewrite = |to: &str| {
        format!(
            "CREATE TABLE rebuilt (n INTEGER PRIMARY KEY, text TEXT); INSERT INTO rebuilt SELECT n, {to} FROM things; \
             DROP TABLE things; ALTER TABLE rebuilt RENAME TO things;"
        )
    };
    scratch.write(
        "a",
        "",
        "CREATE TABLE things (n INTEGER PRIMARY KEY, text TEXT);",
        "DROP TABLE things;",
    )?;
    for (id, revises) in [("b", "a"), ("c", "b"), ("d", "c")] {
        scratch.write(
            id,
            revises,
            &rewrite(&format!("text || '{id}'")),
            &rewrite("substr(text, 1, length(text) - 1)"),
        )?;
    }
    Ok(scratch)
}

fn fill(scratch: &Scratch, mode: &str) -> TestResult {
    let mut connection = scratch.open()?;
    connection.execute_batch(&format!("PRAGMA journal_mode = {mode}"))?;
    scratch.chain()?.migrator().upgrade(&mut connection, "a")?;
    connection.execute_batch(&format!(
        "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < {ROWS}) \
         INSERT INTO things SELECT n, 'thing number ' || n FROM r"
    ))?;
    Ok(())
}

fn migrate(scratch: &Scratch, action: &str, target: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_migrate"));
    command
        .args([scratch.path("test.db"), scratch.migrations(), action.into(), target.into()])
        .env("PREPARE", SMALL_CACHE)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Starts a run, and kills it some time after its first script began. Returns how long it ran after
/// that point, and whether it ended on its own.
fn kill_after(
    scratch: &Scratch,
    action: &str,
    target: &str,
    delay: Duration,
) -> Result<(Duration, bool), Box<dyn std::error::Error>> {
    let mut child = migrate(scratch, action, target).spawn()?;
    let mut lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
    assert!(lines.next().ok_or("no line")??.starts_with("running "));
    let began = Instant::now();
    while began.elapsed() < delay && child.try_wait()?.is_none() {
        std::thread::sleep(Duration::from_millis(1).min(delay));
    }
    let ended = child.try_wait()?.is_some();
    child.kill()?;
    child.wait()?;
    Ok((began.elapsed(), ended))
}

fn content(scratch: &Scratch) -> Result<Vec<String>, Box<dyn std::error::Error>> {
    let connection = scratch.open()?;
    let whole: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    assert_eq!(whole, "ok");
    // The columns of the ledger that do not depend on the time.
    let of_ledger =
        "SELECT group_concat(direction || ' ' || revision || ' ' || state, '; ') FROM aludel_history";
    let ledger: Option<String> = connection.query_row(of_ledger, [], |row| row.get(0))?;
    let mut columns = tests::columns(&connection)?;
    columns.remove("aludel_history");
    let mut all = tests::rows_of(&connection, &columns)?;
    all.extend(ledger);
    Ok(all)
}

/// Kills a run at points spread over its duration. Restores the database byte for byte before each
/// run.
fn killed_at_every_point(mode: &str, action: &str, from: &str, to: &str) -> TestResult {
    let scratch = rewriting()?;
    fill(&scratch, mode)?;
    scratch.chain()?.migrator().upgrade(&mut scratch.open()?, from)?;
    let image = fs::read(scratch.path("test.db"))?;
    let before = content(&scratch)?;
    let (mut whole_run, _) = kill_after(&scratch, action, to, Duration::from_secs(600))?;
    let after = content(&scratch)?;
    assert_ne!(before, after);
    let (mut point, mut stayed) = (0, 0);
    while point < POINTS {
        put_back(&scratch, &image)?;
        let delay = whole_run * point / POINTS;
        let (lived, ended) = kill_after(&scratch, action, to, delay)?;
        let found = content(&scratch)?;
        assert!(
            found == before || found == after,
            "killed after {delay:?} of {whole_run:?}: neither before nor after"
        );
        if ended {
            // The machine was slower when the length was measured, so this point is past the end.
            whole_run = lived.min(whole_run * 9 / 10);
            continue;
        }
        point += 1;
        stayed += u32::from(found == before);
        let output = migrate(&scratch, action, to).output()?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert!(content(&scratch)? == after, "the next start did not finish");
    }
    assert!(stayed > 0, "no run was killed before its commit");
    Ok(())
}

fn put_back(scratch: &Scratch, image: &[u8]) -> std::io::Result<()> {
    for name in files(scratch.folder())?.keys() {
        fs::remove_file(scratch.folder().join(name))?;
    }
    fs::write(scratch.path("test.db"), image)
}

#[test]
fn an_upgrade_that_is_killed_is_done_or_never_was() -> TestResult {
    killed_at_every_point("delete", "upgrade", "a", "head")
}

#[test]
fn an_upgrade_that_is_killed_in_wal_mode_is_done_or_never_was() -> TestResult {
    killed_at_every_point("wal", "upgrade", "a", "head")
}

#[test]
fn a_downgrade_that_is_killed_is_done_or_never_was() -> TestResult {
    killed_at_every_point("delete", "downgrade", "head", "a")
}

#[test]
fn a_downgrade_that_is_killed_in_wal_mode_is_done_or_never_was() -> TestResult {
    killed_at_every_point("wal", "downgrade", "head", "a")
}

/// The disk has room for a limited number of additional pages. The run fails cleanly wherever it
/// reaches the limit, in a script or in Aludel's own tables.
#[test]
fn a_full_disk_is_named_and_nothing_changes() -> TestResult {
    for mode in ["delete", "wal"] {
        let scratch = Scratch::new()?;
        for (id, revises) in [("a", ""), ("b", "a"), ("c", "b")] {
            // The comment fills the ledger.
            let comment = "for what it is worth ".repeat(500);
            let fills =
                format!("CREATE TABLE t{id} (x); INSERT INTO t{id} VALUES (zeroblob(9000));\n-- {comment}");
            scratch.write(id, revises, &fills, &format!("DROP TABLE t{id};"))?;
        }
        let chain = scratch.chain()?;
        let mut connection = scratch.open()?;
        connection.execute_batch(&format!("PRAGMA journal_mode = {mode}"))?;
        chain.migrator().upgrade(&mut connection, "a")?;
        let pages: u32 = connection.query_row("PRAGMA page_count", [], |row| row.get(0))?;
        let before = dump(&connection)?;
        let (mut in_scripts, mut outside) = (0, 0);
        loop {
            let limit = pages + in_scripts + outside;
            let migrator = chain.migrator().prepare(move |connection| {
                connection.execute_batch(&format!("PRAGMA max_page_count = {limit}"))
            });
            let Err(error) = migrator.upgrade(&mut connection, "head") else { break };
            assert_eq!(error.exit_code(), 6, "{error}");
            assert_eq!(
                error.hint().as_deref(),
                Some("free space on the disk: rebuilding a table needs twice its size")
            );
            assert!(error.to_string().contains("rolled back"), "{error}");
            assert_eq!(dump(&connection)?, before, "{mode}, {limit} pages");
            if matches!(error, Error::Failed(_)) { in_scripts += 1 } else { outside += 1 }
        }
        assert!(in_scripts > 4 && outside > 0, "{in_scripts} {outside}");
        assert_eq!(chain.migrator().current(&connection)?, ["c"]);
    }
    Ok(())
}

fn run(scratch: &Scratch, action: &str) -> std::io::Result<(Option<i32>, String)> {
    let output = migrate(scratch, action, "head").env_remove("PREPARE").output()?;
    Ok(words_of(&output))
}

fn words_of(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn says(words: &str, expected: &[&str]) {
    for part in expected {
        assert!(words.contains(part), "`{part}` is missing in: {words}");
    }
    assert!(!words.contains("panicked"), "{words}");
}

#[test]
fn a_file_that_is_no_database_is_named_and_left_alone() -> TestResult {
    for action in ["upgrade", "downgrade", "stamp", "status"] {
        let scratch = rewriting()?;
        fs::write(scratch.path("test.db"), "this is a letter to a friend\n".repeat(1000))?;
        let before = files(scratch.folder())?;
        let (code, words) = run(&scratch, action)?;
        assert_eq!(code, Some(1), "{words}");
        says(
            &words,
            &[
                "error: ",
                "cause: file is not a database",
                "help: the file is not an SQLite database: check the path",
            ],
        );
        assert!(files(scratch.folder())? == before, "{action}");
    }
    Ok(())
}

#[test]
fn a_truncated_database_is_named_and_left_alone() -> TestResult {
    let whole = rewriting()?;
    whole.chain()?.migrator().upgrade(&mut whole.open()?, "b")?;
    let image = fs::read(whole.path("test.db"))?;
    // SQLite itself does not notice a file truncated within its last page.
    for length in [image.len() - 4096, image.len() / 2, 5000, 4096, 700, 100, 50] {
        let scratch = rewriting()?;
        fs::write(scratch.path("test.db"), image.get(..length).ok_or("too short")?)?;
        let before = files(scratch.folder())?;
        for action in ["upgrade", "downgrade", "stamp", "status"] {
            let (code, words) = run(&scratch, action)?;
            assert_eq!(code, Some(1), "{length}, {action}: {words}");
            says(&words, &["error: ", "cause: ", "help: the file is "]);
            assert!(files(scratch.folder())? == before, "{length}, {action}");
        }
    }
    Ok(())
}

#[test]
fn a_page_that_is_damaged_under_a_script_rolls_the_run_back() -> TestResult {
    let scratch = rewriting()?;
    fill(&scratch, "delete")?;
    let mut image = fs::read(scratch.path("test.db"))?;
    let last = image.len() - 4096;
    image.get_mut(last..).ok_or("too short")?.fill(0xAA);
    fs::write(scratch.path("test.db"), &image)?;
    let (code, words) = run(&scratch, "upgrade")?;
    assert_eq!(code, Some(6), "{words}");
    says(&words, &["malformed", "rolled back", "help: the file is damaged: keep it as it is"]);
    assert!(fs::read(scratch.path("test.db"))? == image);
    Ok(())
}

#[test]
fn a_folder_in_the_place_of_the_file_is_named() -> TestResult {
    let scratch = rewriting()?;
    fs::create_dir(scratch.path("test.db"))?;
    for action in ["upgrade", "status"] {
        let (code, words) = run(&scratch, action)?;
        assert_eq!(code, Some(1), "{words}");
        says(&words, &["error: cannot open the database `", "test.db`", "help: check that it is a file"]);
    }
    Ok(())
}

#[test]
fn a_folder_that_is_missing_is_not_made() -> TestResult {
    let scratch = rewriting()?;
    let mut command = Command::new(env!("CARGO_BIN_EXE_migrate"));
    command.args([scratch.path("missing/test.db"), scratch.migrations(), "upgrade".into()]);
    let (code, words) = words_of(&command.output()?);
    assert_eq!(code, Some(1), "{words}");
    says(
        &words,
        &["error: cannot open the database `", "help: check that it is a file, that its folder exists"],
    );
    assert!(!scratch.path("missing").exists());
    Ok(())
}

#[test]
fn a_database_that_was_opened_to_read_is_not_migrated() -> TestResult {
    let scratch = rewriting()?;
    let chain = scratch.chain()?;
    chain.migrator().upgrade(&mut scratch.open()?, "a")?;
    let mut connection =
        Connection::open_with_flags(scratch.path("test.db"), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    for error in [
        failure(chain.migrator().upgrade(&mut connection, "head"))?,
        failure(chain.migrator().downgrade(&mut connection, "base"))?,
        failure(chain.migrator().stamp(&mut connection, "head"))?,
    ] {
        assert_eq!(error.exit_code(), 1);
        assert_eq!(error.to_string(), "the database is read-only; nothing was changed");
    }
    Ok(())
}

/// Returns a command that runs as a user who is subject to permissions. Root can write anywhere.
fn as_somebody(scratch: &Scratch, action: &str) -> Result<Command, Box<dyn std::error::Error>> {
    let program = scratch.path("migrate");
    if !program.exists() {
        // Not with `fs::copy`: another test's child would inherit the open file, and the system
        // would refuse to run it.
        assert!(Command::new("cp").arg(env!("CARGO_BIN_EXE_migrate")).arg(&program).status()?.success());
        allow(&program, 0o755)?;
        allow(scratch.folder(), 0o755)?;
    }
    let mut command = Command::new(program);
    command.args([scratch.path("data/test.db"), scratch.migrations(), action.into(), "head".into()]);
    if fs::metadata(scratch.folder())?.uid() == 0 {
        command.uid(NOBODY).gid(NOBODY);
    }
    Ok(command)
}

/// A user who owns nothing.
const NOBODY: u32 = 65_534;

fn allow(path: &Path, mode: u32) -> std::io::Result<()> {
    fs::set_permissions(path, fs::Permissions::from_mode(mode))
}

/// Creates a database at a revision, in its own folder.
fn in_its_folder(at: &str, mode: &str) -> Result<Scratch, Box<dyn std::error::Error>> {
    let scratch = rewriting()?;
    fs::create_dir(scratch.path("data"))?;
    let mut connection = Connection::open(scratch.path("data/test.db"))?;
    connection.execute_batch(&format!("PRAGMA journal_mode = {mode}"))?;
    scratch.chain()?.migrator().upgrade(&mut connection, at)?;
    Ok(scratch)
}

#[test]
fn a_file_without_write_permission_is_named_and_serves_at_the_head() -> TestResult {
    for (at, expected) in [("a", 1), ("head", 0)] {
        let scratch = in_its_folder(at, "delete")?;
        allow(&scratch.path("data"), 0o777)?;
        allow(&scratch.path("data/test.db"), 0o444)?;
        let before = files(&scratch.path("data"))?;
        let (code, words) = words_of(&as_somebody(&scratch, "upgrade")?.output()?);
        assert_eq!(code, Some(expected), "{words}");
        if expected == 1 {
            says(
                &words,
                &["error: the database is read-only; nothing was changed", "help: check that the file"],
            );
        }
        assert!(files(&scratch.path("data"))? == before);
    }
    Ok(())
}

#[test]
fn a_folder_without_write_permission_is_named_and_serves_at_the_head() -> TestResult {
    for (at, failed) in [("a", true), ("head", false)] {
        let scratch = in_its_folder(at, "delete")?;
        allow(&scratch.path("data"), 0o555)?;
        allow(&scratch.path("data/test.db"), 0o666)?;
        let before = files(&scratch.path("data"))?;
        let (code, words) = words_of(&as_somebody(&scratch, "upgrade")?.output()?);
        if failed {
            assert_eq!(code, Some(6), "{words}");
            says(&words, &["rolled back", "help: check that the file and its folder are writable"]);
        } else {
            assert_eq!(code, Some(0), "{words}");
        }
        assert!(files(&scratch.path("data"))? == before);
        allow(&scratch.path("data"), 0o755)?;
    }
    Ok(())
}

#[test]
fn a_database_in_wal_mode_in_a_folder_without_write_permission_is_named() -> TestResult {
    let scratch = in_its_folder("a", "wal")?;
    allow(&scratch.path("data"), 0o555)?;
    allow(&scratch.path("data/test.db"), 0o666)?;
    let before = files(&scratch.path("data"))?;
    let (code, words) = words_of(&as_somebody(&scratch, "upgrade")?.output()?);
    assert_eq!(code, Some(1), "{words}");
    says(
        &words,
        &["error: ", "nothing was changed", "help: check that the file and its folder are writable"],
    );
    assert!(files(&scratch.path("data"))? == before);
    allow(&scratch.path("data"), 0o755)?;
    Ok(())
}

#[test]
fn a_file_cannot_be_made_in_a_folder_without_write_permission() -> TestResult {
    let scratch = rewriting()?;
    fs::create_dir(scratch.path("data"))?;
    allow(&scratch.path("data"), 0o555)?;
    let (code, words) = words_of(&as_somebody(&scratch, "upgrade")?.output()?);
    assert_eq!(code, Some(1), "{words}");
    says(
        &words,
        &[
            "error: cannot open the database `",
            "help: check that it is a file, that its folder exists, and that both are readable",
        ],
    );
    assert!(files(&scratch.path("data"))?.is_empty());
    Ok(())
}
