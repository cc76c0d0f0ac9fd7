//! The lock of a run: an advisory lock of PostgreSQL.
//!
//! It is polled and never waited for inside the server: a session that waits for a lock in the
//! server holds a snapshot, and `CREATE INDEX CONCURRENTLY` in another session waits for that.

use std::time::{Duration, Instant};

use aludel_core::script::postgres::text_literal as literal;
use postgres::Client;

use super::runner::Runner;
use super::session::Session;
use super::tables::Tables;
use crate::Error;

/// The first pause between two attempts.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// The action as named in error messages.
const TAKING: &str = "taking the lock";

/// Pauses that become longer, up to a limit of time.
pub(super) struct Backoff<'r> {
    runner: &'r Runner<'r>,
    began: Instant,
    pause: Duration,
}

impl<'r> Backoff<'r> {
    pub(super) fn new(runner: &'r Runner<'r>) -> Self {
        Self { runner, began: Instant::now(), pause: FIRST_PAUSE }
    }

    /// Sleeps before the next attempt. Returns an error if the limit has passed, or the run was
    /// interrupted.
    pub(super) fn pause(&mut self) -> Result<(), Error> {
        self.runner.stop_if_interrupted()?;
        let left = self.runner.lock_timeout.saturating_sub(self.began.elapsed());
        if left.is_zero() {
            return Err(Error::Locked { waited: self.runner.lock_timeout });
        }
        std::thread::sleep(self.pause.min(left));
        self.pause = (self.pause * 2).min(LONGEST_PAUSE);
        Ok(())
    }
}

impl Tables {
    /// Returns the key of the lock as SQL: different version tables have different locks.
    pub(super) fn lock_key(&self) -> String {
        format!("hashtextextended({}, 0)", literal(&format!("aludel {}", self.version_sql())))
    }
}

impl Session<'_> {
    /// Begins a transaction that has the lock.
    pub(super) fn begin_locked(&self) -> Result<(), Error> {
        let mut backoff = Backoff::new(self.runner);
        loop {
            self.runner.stop_if_interrupted()?;
            self.execute(TAKING, "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE").map_err(read_only)?;
            let lock = format!("SELECT pg_try_advisory_xact_lock({})", self.tables.lock_key());
            let row = self.query_one(TAKING, &lock, &[]);
            match row.map(|row| row.get(0)) {
                Ok(true) => return Ok(()),
                Ok(false) => self.roll_back(),
                Err(error) => {
                    self.roll_back();
                    return Err(error);
                }
            }
            backoff.pause()?;
        }
    }
}

/// A second session that holds the lock while a statement runs outside a transaction.
///
/// The lock belongs to the session and not to a transaction, so that it holds no snapshot.
pub(super) struct SessionLock {
    _client: Client,
}

impl SessionLock {
    pub(super) fn take(runner: &Runner<'_>, mut client: Client, tables: &Tables) -> Result<Self, Error> {
        let mut backoff = Backoff::new(runner);
        let failed = |source| runner.error(TAKING, source);
        let lock = format!("SELECT pg_try_advisory_lock({})", tables.lock_key());
        while !client.query_one(&lock, &[]).map_err(failed)?.get::<_, bool>(0) {
            backoff.pause()?;
        }
        Ok(Self { _client: client })
    }
}

fn read_only(error: Error) -> Error {
    let is_read_only = |source: &crate::DatabaseError| {
        let code = source.as_postgres().and_then(postgres::Error::code);
        code == Some(&postgres::error::SqlState::READ_ONLY_SQL_TRANSACTION)
            || code == Some(&postgres::error::SqlState::FEATURE_NOT_SUPPORTED)
    };
    match error {
        Error::Database { source, .. } if is_read_only(&source) => Error::ReadOnly,
        error => error,
    }
}
