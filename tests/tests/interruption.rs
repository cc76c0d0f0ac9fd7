//! An interrupted run is rolled back soon, and the next run succeeds.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use aludel::rusqlite::Connection;
use aludel::rusqlite::functions::FunctionFlags;
use aludel::{Chain, Error, Interrupt, Migrator};
use tests::{Scratch, TestResult, dump, failure, script};

/// The time limit on a busy machine. On an idle machine, an interruption takes milliseconds.
const SOON: Duration = Duration::from_secs(2);

/// After this time, a statement that would take hours is running.
const UNDER_WAY: Duration = Duration::from_millis(100);

/// Creates `a <- b <- c`. The second script and its downgrade never end on their own.
fn scratch() -> Result<Scratch, Box<dyn std::error::Error>> {
    let scratch = Scratch::new()?;
    let long = "INSERT INTO sums SELECT sum(a.n + b.n + c.n + d.n) FROM numbers AS a, numbers AS b, numbers AS c, numbers AS d;";
    scratch.write(
        "a",
        "",
        "CREATE TABLE numbers (n); CREATE TABLE sums (n);",
        "DROP TABLE sums; DROP TABLE numbers;",
    )?;
    scratch.write(
        "b",
        "a",
        &format!("CREATE TABLE made (x); {long}"),
        &format!("DROP TABLE made; {long}"),
    )?;
    scratch.write("c", "b", "CREATE TABLE last (x);", "DROP TABLE last;")?;
    scratch.chain()?.migrator().upgrade(&mut scratch.open()?, "a")?;
    Ok(scratch)
}

const NUMBERS: &str = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 3000) INSERT INTO numbers SELECT n FROM r";

/// Interrupts a run some time after a message, and returns how long the run continued after the
/// interrupt.
fn interrupted(
    connection: &mut Connection,
    migrator: &Migrator<'_, aludel::chain::Folder>,
    interrupt: &Interrupt,
    begun: Receiver<()>,
    run: impl FnOnce(&Migrator<'_, aludel::chain::Folder>, &mut Connection) -> Result<aludel::Report, Error>,
) -> Result<(Error, Duration), Box<dyn std::error::Error>> {
    let interrupt = interrupt.clone();
    let waiting = thread::spawn(move || {
        let begun = begun.recv();
        thread::sleep(UNDER_WAY);
        interrupt.trigger();
        begun.map(|()| Instant::now())
    });
    let result = run(migrator, connection);
    let ended = Instant::now();
    let triggered = waiting.join().map_err(|_| "the thread panicked")??;
    Ok((failure(result)?, ended.saturating_duration_since(triggered)))
}

/// Returns a migrator with an interrupt that sends a message when a revision's script begins.
fn migrator<'c>(
    chain: &'c Chain,
    at: &'static str,
) -> (Migrator<'c, aludel::chain::Folder>, Interrupt, Receiver<()>) {
    let (interrupt, (sender, begun)) = (Interrupt::new(), channel());
    let sender = Mutex::new(sender);
    let migrator = chain.migrator().interrupt(interrupt.clone()).on_progress(move |progress| {
        if progress.step.is_some_and(|step| step.revision == at)
            && let Ok(sender) = sender.lock()
        {
            let _ = sender.send(());
        }
    });
    (migrator, interrupt, begun)
}

fn enforced(connection: &Connection) -> aludel::rusqlite::Result<bool> {
    connection.query_row("PRAGMA foreign_keys", [], |row| row.get(0))
}

fn rolled_back(error: &Error, after: Duration, connection: &Connection, before: &[String]) -> TestResult {
    assert!(matches!(error, Error::Interrupted), "{error}");
    assert_eq!((error.exit_code(), error.to_string().as_str()), (130, "interrupted and rolled back"));
    assert!(after < SOON, "{after:?}");
    assert!(connection.is_autocommit() && enforced(connection)?);
    assert_eq!(dump(connection)?, before);
    Ok(())
}

#[test]
fn during_a_long_statement() -> TestResult {
    for mode in ["delete", "wal"] {
        let scratch = scratch()?;
        let mut connection = scratch.open()?;
        connection
            .execute_batch(&format!("PRAGMA journal_mode = {mode}; PRAGMA foreign_keys = ON; {NUMBERS}"))?;
        let before = dump(&connection)?;
        let chain = scratch.chain()?;
        let (run, interrupt, begun) = migrator(&chain, "b");
        let (error, after) = interrupted(&mut connection, &run, &interrupt, begun, |run, connection| {
            run.upgrade(connection, "head")
        })?;
        rolled_back(&error, after, &connection, &before)?;
        connection.execute_batch("DELETE FROM numbers")?;
        assert_eq!(chain.migrator().upgrade(&mut connection, "head")?.current, ["c"]);
    }
    Ok(())
}

#[test]
fn during_a_long_statement_of_a_downgrade() -> TestResult {
    let scratch = scratch()?;
    let chain = scratch.chain()?;
    let mut connection = scratch.open()?;
    chain.migrator().upgrade(&mut connection, "head")?;
    connection.execute_batch(NUMBERS)?;
    let before = dump(&connection)?;
    let (run, interrupt, begun) = migrator(&chain, "b");
    let (error, after) = interrupted(&mut connection, &run, &interrupt, begun, |run, connection| {
        run.downgrade(connection, "base")
    })?;
    rolled_back(&error, after, &connection, &before)?;
    connection.execute_batch("DELETE FROM numbers")?;
    assert!(chain.migrator().downgrade(&mut connection, "base")?.current.is_empty());
    Ok(())
}

#[test]
fn between_statements() -> TestResult {
    for at in ["b", "c"] {
        let scratch = scratch()?;
        let mut connection = scratch.open()?;
        let before = dump(&connection)?;
        let chain = scratch.chain()?;
        let interrupt = Interrupt::new();
        let trigger = interrupt.clone();
        let run = chain.migrator().interrupt(interrupt).on_progress(move |progress| {
            if progress.step.is_some_and(|step| step.revision == at) {
                trigger.trigger();
            }
        });
        let error = failure(run.upgrade(&mut connection, "head"))?;
        rolled_back(&error, Duration::ZERO, &connection, &before)?;
        assert_eq!(chain.migrator().upgrade(&mut connection, "head")?.current, ["c"]);
    }
    Ok(())
}

#[test]
fn before_a_run_begins() -> TestResult {
    let scratch = scratch()?;
    let mut connection = scratch.open()?;
    let before = dump(&connection)?;
    let chain = scratch.chain()?;
    let interrupt = Interrupt::new();
    interrupt.trigger();
    let run = chain.migrator().interrupt(interrupt);
    for error in [
        failure(run.upgrade(&mut connection, "head"))?,
        failure(run.downgrade(&mut connection, "base"))?,
        failure(run.stamp(&mut connection, "head"))?,
    ] {
        rolled_back(&error, Duration::ZERO, &connection, &before)?;
    }
    Ok(())
}

#[test]
fn while_waiting_for_the_lock() -> TestResult {
    for mode in ["delete", "wal"] {
        let scratch = scratch()?;
        let mut connection = scratch.open()?;
        connection.execute_batch(&format!("PRAGMA journal_mode = {mode}"))?;
        let before = dump(&connection)?;
        let chain = scratch.chain()?;
        let holder = scratch.open()?;
        holder.execute_batch("BEGIN IMMEDIATE")?;
        let (sender, begun) = channel();
        sender.send(())?;
        let interrupt = Interrupt::new();
        let run = chain.migrator().interrupt(interrupt.clone()).lock_timeout(Duration::from_secs(3600));
        let (error, after) = interrupted(&mut connection, &run, &interrupt, begun, |run, connection| {
            run.upgrade(connection, "head")
        })?;
        rolled_back(&error, after, &connection, &before)?;
        holder.execute_batch("ROLLBACK")?;
        assert_eq!(chain.migrator().upgrade(&mut connection, "head")?.current, ["c"]);
    }
    Ok(())
}

/// Another process blocks even readers.
#[test]
fn while_waiting_to_read() -> TestResult {
    let scratch = scratch()?;
    let (connection, holder) = (scratch.open()?, scratch.open()?);
    holder.execute_batch("BEGIN EXCLUSIVE")?;
    let (chain, interrupt) = (scratch.chain()?, Interrupt::new());
    let migrator = chain.migrator().interrupt(interrupt.clone());
    let waiting = thread::spawn(move || {
        thread::sleep(UNDER_WAY);
        interrupt.trigger();
    });
    let began = Instant::now();
    let error = failure(migrator.status(Some(&connection)))?;
    waiting.join().map_err(|_| "the thread panicked")?;
    assert!(matches!(error, Error::Interrupted), "{error}");
    assert!(began.elapsed() < UNDER_WAY + SOON, "{:?}", began.elapsed());
    Ok(())
}

#[test]
fn while_the_foreign_keys_are_checked() -> TestResult {
    let scratch = Scratch::new()?;
    scratch.write(
        "a",
        "",
        "CREATE TABLE parent (id INTEGER PRIMARY KEY); CREATE TABLE child (p REFERENCES parent);",
        "DROP TABLE child; DROP TABLE parent;",
    )?;
    let last =
        script("b", "a", "CREATE TABLE last (x);\nINSERT INTO last SELECT stop();", "DROP TABLE last;");
    let last = last.replacen("\n\n", "\n-- Unproved: `stop` is a function of the program\n\n", 1);
    scratch.write_file("b_script.sql", last.as_bytes())?;
    let chain = scratch.chain()?;
    let mut connection = scratch.open()?;
    chain.migrator().upgrade(&mut connection, "a")?;
    connection.execute_batch("PRAGMA foreign_keys = OFF")?;
    let rows = "WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < 30000) INSERT INTO child SELECT n FROM r";
    connection.execute_batch(rows)?;
    connection.execute_batch("PRAGMA foreign_keys = ON")?;
    let before = dump(&connection)?;
    // The last statement is short, so the time is spent in the check after it.
    let interrupt = Interrupt::new();
    let trigger = interrupt.clone();
    connection.create_scalar_function("stop", 0, FunctionFlags::SQLITE_UTF8, move |_| {
        trigger.trigger();
        Ok(1)
    })?;
    let error = failure(chain.migrator().interrupt(interrupt).upgrade(&mut connection, "head"))?;
    rolled_back(&error, Duration::ZERO, &connection, &before)
}
