//! Many concurrent processes: all of them succeed, each script runs once, and every wait is
//! reported.

use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use aludel::Database;
use tests::{Scratch, TestResult, files};

/// The number of processes that start at once.
const PROCESSES: usize = if cfg!(feature = "peers") { 200 } else { 40 };

/// Creates scripts, each of which records that it ran.
fn scratch(scripts: &[&str]) -> std::io::Result<Scratch> {
    let scratch = Scratch::new()?;
    for id in scripts {
        add(&scratch, id)?;
    }
    Ok(scratch)
}

/// Adds a script to `s1 <- s2 <- …`.
fn add(scratch: &Scratch, id: &str) -> std::io::Result<()> {
    let number: u32 = id.trim_start_matches('s').parse().unwrap_or_default();
    let revises = if number > 1 { format!("s{}", number - 1) } else { String::new() };
    let first = if number > 1 { "" } else { "CREATE TABLE ran (script);" };
    let last = if number > 1 { "" } else { "DROP TABLE ran;" };
    scratch.write(
        id,
        &revises,
        &format!("{first} CREATE TABLE t{number} (x); INSERT INTO ran VALUES ('{id}');"),
        &format!("DELETE FROM ran WHERE script = '{id}'; DROP TABLE t{number}; {last}"),
    )
}

/// Starts a process that loads its chain, and then waits until its input ends.
fn start(scratch: &Scratch, environment: &[(&str, &str)]) -> std::io::Result<Child> {
    Command::new(env!("CARGO_BIN_EXE_migrate"))
        .args([scratch.path("test.db"), scratch.migrations(), "upgrade".into()])
        .env("WAIT", "1")
        .envs(environment.iter().copied())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
}

/// Starts all processes at once, and waits for them.
fn finish(mut children: Vec<Child>) -> std::io::Result<Vec<Output>> {
    for child in &mut children {
        drop(child.stdin.take());
    }
    children.into_iter().map(Child::wait_with_output).collect()
}

fn all_end_well(scratch: &Scratch, mode: &str) -> TestResult {
    let set_mode = format!("PRAGMA journal_mode = {mode}");
    let began = Instant::now();
    let children: Vec<Child> =
        (0..PROCESSES).map(|_| start(scratch, &[("PREPARE", &set_mode)])).collect::<Result<_, _>>()?;
    let failed: Vec<String> = finish(children)?
        .into_iter()
        .filter(|output| !output.status.success())
        .map(|output| String::from_utf8_lossy(&output.stderr).into_owned())
        .collect();
    assert!(failed.is_empty(), "{} of {PROCESSES} failed in {mode}: {failed:#?}", failed.len());
    assert!(began.elapsed() < Duration::from_secs(300), "{:?}", began.elapsed());
    Ok(())
}

/// Asserts that each script ran once, according to the ledger and to the rows that the scripts
/// wrote.
fn ran_once(scratch: &Scratch, scripts: &[&str], mode: &str) -> TestResult {
    let connection = scratch.open()?;
    let mut ledger =
        connection.prepare("SELECT direction || ' ' || revision FROM aludel_history ORDER BY id")?;
    let ledger: Vec<String> = ledger.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let expected: Vec<String> = scripts.iter().map(|script| format!("upgrade {script}")).collect();
    assert_eq!(ledger, expected);
    let mut ran = connection.prepare("SELECT script FROM ran ORDER BY rowid")?;
    let ran: Vec<String> = ran.query_map([], |row| row.get(0))?.collect::<Result<_, _>>()?;
    assert_eq!(ran, scripts);
    let found: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    let whole: String = connection.query_row("PRAGMA integrity_check", [], |row| row.get(0))?;
    assert_eq!((found.as_str(), whole.as_str()), (mode, "ok"));
    Ok(())
}

const SCRIPTS: [&str; 4] = ["s1", "s2", "s3", "s4"];

fn race_on_a_missing_file(mode: &str) -> TestResult {
    let scratch = scratch(&SCRIPTS)?;
    all_end_well(&scratch, mode)?;
    ran_once(&scratch, &SCRIPTS, mode)
}

fn race_on_an_old_file(mode: &str) -> TestResult {
    let scratch = scratch(&["s1", "s2"])?;
    scratch.open()?.execute_batch(&format!("PRAGMA journal_mode = {mode}"))?;
    scratch.chain()?.migrator().upgrade(&mut scratch.open()?, "head")?;
    add(&scratch, "s3")?;
    add(&scratch, "s4")?;
    all_end_well(&scratch, mode)?;
    ran_once(&scratch, &SCRIPTS, mode)
}

fn race_at_the_head(mode: &str) -> TestResult {
    let scratch = scratch(&SCRIPTS)?;
    scratch.open()?.execute_batch(&format!("PRAGMA journal_mode = {mode}"))?;
    scratch.chain()?.migrator().upgrade(&mut scratch.open()?, "head")?;
    let before = files(scratch.folder())?;
    all_end_well(&scratch, mode)?;
    // In WAL mode, two processes that end at the same moment may both leave the empty `-wal` to the
    // other. The next process removes it.
    ran_once(&scratch, &SCRIPTS, mode)?;
    assert!(files(scratch.folder())? == before, "a start at the head wrote something");
    Ok(())
}

#[test]
fn on_a_missing_file() -> TestResult {
    race_on_a_missing_file("delete")
}

#[test]
fn on_a_missing_file_in_wal_mode() -> TestResult {
    race_on_a_missing_file("wal")
}

#[test]
fn on_an_old_file() -> TestResult {
    race_on_an_old_file("delete")
}

#[test]
fn on_an_old_file_in_wal_mode() -> TestResult {
    race_on_an_old_file("wal")
}

#[test]
fn at_the_head() -> TestResult {
    race_at_the_head("delete")
}

#[test]
fn at_the_head_in_wal_mode() -> TestResult {
    race_at_the_head("wal")
}

/// An upgrade and a downgrade run concurrently. In any order, each sees either the other's work or
/// its own, and the database is intact.
#[test]
fn an_upgrade_and_a_downgrade_at_once() -> TestResult {
    let scratch = scratch(&SCRIPTS)?;
    scratch.chain()?.migrator().upgrade(&mut scratch.open()?, "s2")?;
    let children = (0..10)
        .map(|number| {
            let (action, target) = if number % 2 == 0 { ("upgrade", "head") } else { ("downgrade", "s1") };
            Command::new(env!("CARGO_BIN_EXE_migrate"))
                .args([scratch.path("test.db"), scratch.migrations(), action.into(), target.into()])
                .env("WAIT", "1")
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
        })
        .collect::<Result<_, _>>()?;
    for output in finish(children)? {
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let connection = scratch.open()?;
    let ran: Vec<String> = connection
        .prepare("SELECT script FROM ran ORDER BY script")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let current = scratch.chain()?.migrator().current(&connection)?;
    assert!(ran == ["s1"] && current == ["s1"] || ran == SCRIPTS && current == ["s4"], "{ran:?} {current:?}");
    Ok(())
}

/// A newer program holds the lock while an older one starts. Whenever the older program reads the
/// position, it finds a revision that it does not know.
#[test]
fn of_two_versions_the_newer_migrates_and_the_older_says_ahead() -> TestResult {
    for mode in ["delete", "wal"] {
        let scratch = scratch(&["s1", "s2"])?;
        let older = Scratch::new()?;
        for id in ["s1", "s2", "s3"] {
            add(&older, id)?;
        }
        scratch.open()?.execute_batch(&format!("PRAGMA journal_mode = {mode}"))?;
        scratch.chain()?.migrator().upgrade(&mut scratch.open()?, "head")?;
        add(&scratch, "s3")?;
        add(&scratch, "s4")?;
        let chain = scratch.chain()?;
        let (sender, started) = channel();
        let sender = Mutex::new(sender);
        let arguments = [scratch.path("test.db"), older.migrations(), "upgrade".into()];
        let newer = chain.migrator().on_progress(move |progress| {
            if progress.step.is_some_and(|step| step.revision == "s4")
                && let Ok(sender) = sender.lock()
            {
                let child = Command::new(env!("CARGO_BIN_EXE_migrate"))
                    .args(&arguments)
                    .stdout(Stdio::piped())
                    .stderr(Stdio::piped())
                    .spawn();
                // Usually long enough for it to wait for the lock. Otherwise it finds the newer
                // head at its first read.
                std::thread::sleep(Duration::from_millis(500));
                let _ = sender.send(child);
            }
        });
        assert_eq!(newer.upgrade(&mut scratch.open()?, "head")?.current, ["s4"]);
        let output = started.recv()??.wait_with_output()?;
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(3), "{words}");
        assert!(
            words.contains("error: the database is ahead of this program: it has revision `s4`"),
            "{words}"
        );
        ran_once(&scratch, &SCRIPTS, mode)?;
    }
    Ok(())
}

#[test]
fn a_process_that_waits_past_the_limit_says_so() -> TestResult {
    for mode in ["delete", "wal"] {
        let scratch = scratch(&SCRIPTS)?;
        let holder = Database::open(&scratch.database()?)?;
        holder.execute_batch(&format!("PRAGMA journal_mode = {mode}; BEGIN IMMEDIATE"))?;
        let began = Instant::now();
        let output = finish(vec![start(&scratch, &[("LOCK_TIMEOUT", "300")])?])?.pop().ok_or("no output")?;
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(5), "{words}");
        assert!(
            words.starts_with(
                "error: the database is locked by another process: waited 0.3 s; nothing was changed"
            ),
            "{words}"
        );
        assert!(words.contains("help: "), "{words}");
        assert!(began.elapsed() > Duration::from_millis(300) && began.elapsed() < Duration::from_secs(20));
        holder.execute_batch("ROLLBACK")?;
        let output = finish(vec![start(&scratch, &[])?])?.pop().ok_or("no output")?;
        assert!(output.status.success());
    }
    Ok(())
}

/// If even readers are blocked, the wait has the same limit.
#[test]
fn a_process_that_may_not_even_read_says_so() -> TestResult {
    let scratch = scratch(&SCRIPTS)?;
    let holder = scratch.open()?;
    holder.execute_batch("CREATE TABLE held (x); DROP TABLE held; BEGIN EXCLUSIVE")?;
    let output = finish(vec![start(&scratch, &[("LOCK_TIMEOUT", "300")])?])?.pop().ok_or("no output")?;
    let words = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(5), "{words}");
    assert!(words.contains("waited 0.3 s"), "{words}");
    let chain = scratch.chain()?;
    let connection = scratch.open()?;
    let migrator = chain.migrator().lock_timeout(Duration::from_millis(200));
    let began = Instant::now();
    let error = tests::failure(migrator.status(Some(&connection)))?;
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    assert_eq!(error.exit_code(), 5);
    assert!(error.to_string().contains("waited 0.2 s"), "{error}");
    Ok(())
}
