//! Waiting for the lock with a limit, and being interrupted.
//!
//! SQLite's own busy timeout does not answer an interrupt (<https://sqlite.org/c3ref/busy_handler.html>); the handler here reads a flag, and
//! so does the progress handler of the running statement.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::{Connection, Result};

/// How many steps of SQLite's machine pass between two looks at the flag: some tens of microseconds.
const STEPS_BETWEEN_LOOKS: i32 = 2000;

/// The longest pause between two attempts to take the lock.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// The time that a connection waits for a lock. It is zero where a busy handler was set instead, which SQLite does not hand out.
pub(crate) fn timeout(connection: &Connection) -> Result<Duration> {
    let milliseconds: i64 = connection.query_row("PRAGMA busy_timeout", [], |row| row.get(0))?;
    Ok(Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default()))
}

/// A flag that stops a run: what was done is rolled back. Clones share the flag; setting it is safe in a signal handler.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// A flag that is not set.
    pub fn new() -> Self {
        Self::default()
    }

    /// A flag that others set, such as a signal handler.
    pub fn from_flag(flag: Arc<AtomicBool>) -> Self {
        Self(flag)
    }

    /// Stops every run that was told of this flag.
    pub fn trigger(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether it was triggered.
    pub fn is_triggered(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Lets every statement of a connection wait for locks up to a limit, and stop when the flag is set. The time that it waited until now is
/// returned.
pub(crate) fn raise(connection: &mut Connection, limit: Duration, interrupt: &Interrupt) -> Result<Duration> {
    let found = timeout(connection)?;
    let flag = interrupt.clone();
    let mut began = Instant::now();
    connection.busy_handler(Some(move |attempts: i32| {
        if attempts == 0 {
            began = Instant::now();
        }
        let waited = began.elapsed();
        if flag.is_triggered() || waited >= limit {
            return false;
        }
        let pause = Duration::from_millis(u64::from(attempts.unsigned_abs()) + 1);
        std::thread::sleep(pause.min(LONGEST_PAUSE).min(limit.saturating_sub(waited)));
        true
    }))?;
    let flag = interrupt.clone();
    connection.progress_handler(STEPS_BETWEEN_LOOKS, Some(move || flag.is_triggered()))?;
    Ok(found)
}

/// Lets a connection wait for locks as it did before.
pub(crate) fn lower(connection: &mut Connection, found: Duration) -> Result<()> {
    connection.progress_handler(0, None::<fn() -> bool>)?;
    connection.busy_timeout(found)
}
