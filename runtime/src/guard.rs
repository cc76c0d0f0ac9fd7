//! Waiting for the lock with a limit, and interruption.
//!
//! SQLite's own busy timeout cannot be interrupted (<https://sqlite.org/c3ref/busy_handler.html>).
//! The busy handler and the progress handler here check a flag instead.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rusqlite::{Connection, Result};

/// The number of virtual machine steps between two checks of the flag: some tens of microseconds.
const STEPS_BETWEEN_LOOKS: i32 = 2000;

/// The longest pause between two attempts to take the lock.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// Returns the busy timeout of a connection. It is zero if a busy handler is set, which SQLite
/// cannot return.
pub(crate) fn timeout(connection: &Connection) -> Result<Duration> {
    let milliseconds: i64 = connection.query_row("PRAGMA busy_timeout", [], |row| row.get(0))?;
    Ok(Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default()))
}

/// A flag that interrupts a run and rolls it back.
///
/// Clones share the flag. Setting it is safe in a signal handler.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Creates a flag that is not set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates an interrupt from a shared flag, for example one that a signal handler sets.
    pub fn from_flag(flag: Arc<AtomicBool>) -> Self {
        Self(flag)
    }

    /// Interrupts every run that uses this flag.
    pub fn trigger(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Returns `true` if the flag is set.
    pub fn is_triggered(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// Installs the lock timeout and the interrupt for every statement of a connection. Returns the
/// previous busy timeout.
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

/// Restores the busy timeout of a connection.
pub(crate) fn lower(connection: &mut Connection, found: Duration) -> Result<()> {
    connection.progress_handler(0, None::<fn() -> bool>)?;
    connection.busy_timeout(found)
}
