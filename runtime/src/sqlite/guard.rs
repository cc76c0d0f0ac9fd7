//! Waits for the lock up to a time limit, and handles interrupts.
//!
//! SQLite's own busy timeout cannot be interrupted (<https://sqlite.org/c3ref/busy_handler.html>).
//! The busy handler and the progress handler here check a flag instead.

use std::cell::RefCell;
use std::time::{Duration, Instant};

use rusqlite::{Connection, Result};

use crate::Interrupt;

/// The number of virtual machine steps between two checks of the flag. They take some tens of
/// microseconds.
const STEPS_BETWEEN_LOOKS: i32 = 2000;

/// The longest pause between two attempts to take the lock.
pub(crate) const LONGEST_PAUSE: Duration = Duration::from_millis(20);

/// Returns the busy timeout of a connection. Returns zero if a busy handler is set, because SQLite
/// cannot return the handler.
pub(crate) fn timeout(connection: &Connection) -> Result<Duration> {
    let milliseconds: i64 = connection.query_row("PRAGMA busy_timeout", [], |row| row.get(0))?;
    Ok(Duration::from_millis(u64::try_from(milliseconds).unwrap_or_default()))
}

/// The wait of the current run on this thread.
#[derive(Debug, Clone)]
struct Wait {
    limit: Duration,
    interrupt: Interrupt,
    began: Instant,
}

thread_local! {
    /// The state of the busy handler. Before version 0.41, rusqlite accepts only a function as the
    /// handler, not a closure. SQLite calls it on the thread that runs the statement.
    static WAIT: RefCell<Option<Wait>> = const { RefCell::new(None) };
}

/// While this value exists, the statements of a connection wait for locks up to a limit, and stop
/// when the flag is set.
#[derive(Debug)]
pub(crate) struct Waiting {
    /// The previous busy timeout of the connection.
    timeout: Duration,
    /// The wait of an outer run, which belongs to another connection.
    outer: Option<Wait>,
}

impl Waiting {
    /// Sets the handlers of a connection.
    pub(crate) fn begin(connection: &mut Connection, limit: Duration, interrupt: &Interrupt) -> Result<Self> {
        let timeout = timeout(connection)?;
        let wait = Wait { limit, interrupt: interrupt.clone(), began: Instant::now() };
        let waiting = Self { timeout, outer: WAIT.replace(Some(wait)) };
        waiting.set_handlers(connection, interrupt)?;
        Ok(waiting)
    }

    /// Sets the handlers again after the program has prepared the connection. If the program set a
    /// busy timeout, that timeout is restored later.
    pub(crate) fn renew(&mut self, connection: &mut Connection, interrupt: &Interrupt) -> Result<()> {
        let prepared = timeout(connection)?;
        if !prepared.is_zero() {
            self.timeout = prepared;
        }
        self.set_handlers(connection, interrupt)
    }

    /// Restores the previous busy timeout of the connection.
    pub(crate) fn end(self, connection: &mut Connection) -> Result<()> {
        connection.progress_handler(0, None::<fn() -> bool>)?;
        connection.busy_timeout(self.timeout)
    }

    #[expect(clippy::unused_self, reason = "the handlers are of use only while this exists")]
    fn set_handlers(&self, connection: &mut Connection, interrupt: &Interrupt) -> Result<()> {
        connection.busy_handler(Some(pause as fn(i32) -> bool))?;
        let flag = interrupt.clone();
        connection.progress_handler(STEPS_BETWEEN_LOOKS, Some(move || flag.is_triggered()))?;
        Ok(())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        WAIT.set(self.outer.take());
    }
}

/// Sleeps before the next attempt to take a lock. Returns `false` if SQLite must give up.
fn pause(attempts: i32) -> bool {
    let Some(wait) = WAIT.with_borrow_mut(|wait| {
        let wait = wait.as_mut()?;
        if attempts == 0 {
            wait.began = Instant::now();
        }
        Some(wait.clone())
    }) else {
        return false;
    };
    let waited = wait.began.elapsed();
    if wait.interrupt.is_triggered() || waited >= wait.limit {
        return false;
    }
    let pause = Duration::from_millis(u64::from(attempts.unsigned_abs()) + 1);
    std::thread::sleep(pause.min(LONGEST_PAUSE).min(wait.limit.saturating_sub(waited)));
    true
}
