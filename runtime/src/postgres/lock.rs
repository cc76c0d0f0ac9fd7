//! The lock of a run: a PostgreSQL advisory lock.
//!
//! The lock is polled. If a session waited for the lock inside the server, it would hold a
//! snapshot, and a `CREATE INDEX CONCURRENTLY` in another session would wait for that snapshot.

use std::time::{Duration, Instant};

use aludel_core::script::postgres::text_literal as literal;
use postgres::Client;
use postgres::error::SqlState;

use super::runner::Runner;
use super::session::{Session, is_true};
use super::tables::Tables;
use crate::Error;

/// The first pause between two attempts.
const FIRST_PAUSE: Duration = Duration::from_millis(10);

/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_millis(250);

/// The action as named in error messages.
const TAKING: &str = "taking the lock";

/// Pauses of increasing length, up to a time limit.
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
    /// Returns the key of the lock as SQL. Each version table has its own lock.
    pub(super) fn lock_key(&self) -> String {
        format!("hashtextextended({}, 0)", literal(&format!("aludel {}", self.version_sql())))
    }
}

impl Session<'_> {
    /// Begins a transaction that holds the lock, and inspects Aludel's tables.
    pub(super) fn begin_locked(&self) -> Result<(), Error> {
        let mut backoff = Backoff::new(self.runner);
        loop {
            self.runner.stop_if_interrupted()?;
            let lock = format!("SELECT pg_try_advisory_xact_lock({})", self.tables.lock_key());
            let results = self.inspect(TAKING, &format!("{}; {lock}", self.beginning()));
            match results.map(|results| is_true(results.last().and_then(|rows| rows.first()), 0)) {
                Ok(true) => return Ok(()),
                Ok(false) => self.roll_back(),
                Err(error) => {
                    self.roll_back();
                    return Err(incapable(read_only(error)));
                }
            }
            backoff.pause()?;
        }
    }
}

/// A second session that holds the lock while a statement runs outside a transaction.
///
/// The lock belongs to the session, not to a transaction, so the session holds no snapshot.
pub(super) struct SessionLock<'r> {
    runner: &'r Runner<'r>,
    client: Client,
}

impl<'r> SessionLock<'r> {
    pub(super) fn take(runner: &'r Runner<'r>, client: Client, tables: &Tables) -> Result<Self, Error> {
        let mut lock = Self { runner, client };
        let mut backoff = Backoff::new(runner);
        // The session is idle while the statement runs. Servers before version 14 have no limit for
        // idle sessions.
        let has_limit =
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_settings WHERE name = 'idle_session_timeout')";
        if lock.ask(has_limit)? {
            let failed = |source| runner.error(TAKING, source);
            lock.client.batch_execute("SET idle_session_timeout = 0").map_err(failed)?;
        }
        while !lock.ask(&format!("SELECT pg_try_advisory_lock({})", tables.lock_key()))? {
            backoff.pause()?;
        }
        Ok(lock)
    }

    /// Checks that this session still holds the lock. Otherwise, the script that ran must not be
    /// recorded.
    pub(super) fn check(&mut self) -> Result<(), Error> {
        let is_held = "SELECT EXISTS (SELECT FROM pg_catalog.pg_locks \
             WHERE locktype = 'advisory' AND pid = pg_backend_pid() AND granted)";
        match self.ask(is_held) {
            Ok(true) => Ok(()),
            Ok(false) | Err(_) => Err(Error::LockLost),
        }
    }

    fn ask(&mut self, question: &str) -> Result<bool, Error> {
        let rows = self.client.query_typed(question, &[]);
        let rows = rows.map_err(|source| self.runner.error(TAKING, source))?;
        Ok(rows.first().is_some_and(|row| row.get(0)))
    }
}

/// Converts the error of a read-only server.
fn read_only(error: Error) -> Error {
    let is_read_only = |source: &postgres::Error| {
        let is_standby = source.as_db_error().is_some_and(|error| error.message().contains("recovery"));
        source.code() == Some(&SqlState::READ_ONLY_SQL_TRANSACTION) || is_standby
    };
    match error {
        Error::Database { source, .. } if source.as_postgres().is_some_and(is_read_only) => Error::Standby,
        error => error,
    }
}

/// Converts the error of a server that lacks the lock functions.
fn incapable(error: Error) -> Error {
    match &error {
        Error::Database { source, .. }
            if source.as_postgres().and_then(postgres::Error::code)
                == Some(&SqlState::UNDEFINED_FUNCTION) =>
        {
            Error::NotCapable { missing: "advisory locks" }
        }
        _ => error,
    }
}
