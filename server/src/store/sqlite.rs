//! SQLite's connections.
//!
//! One connection writes. It is the connection that ran the migration, so the server never serves a
//! database that is not at the head. A few other connections read. The database uses a write-ahead
//! log, so readers and the writer do not block each other.

use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aludel::At;
use aludel::rusqlite::Connection;
use aludel::rusqlite::config::DbConfig;

use crate::migrations::Head;

use super::{DatabaseError, OpenError};

/// The number of prepared statements that a connection keeps, which exceeds the number of
/// statements in the server.
const STATEMENTS: usize = 128;

/// Connections to a database at the head.
#[derive(Clone)]
pub(super) struct Sqlite {
    pub(super) writer: Arc<tokio::sync::Mutex<At<Head>>>,
    pub(super) readers: Arc<Mutex<Vec<Connection>>>,
    /// The connections for short queries. `None` if readers wait for the writer.
    pub(super) short: Option<Arc<Mutex<Vec<Connection>>>>,
    /// The connection that detects changes. `None` if readers wait for the writer.
    watcher: Option<Arc<Mutex<Connection>>>,
}

/// The durability of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// It survives a power failure as soon as it is committed. A photo must, after the response 201.
    Synced,
    /// It survives a power failure once a later change is synced. The log is written in order, so
    /// only the latest changes can be lost.
    Unsynced,
}

/// A connection for reading. It returns to the pool when its work ends, even if the work panics.
pub(super) struct Borrowed {
    pub(super) connection: Option<Connection>,
    readers: Arc<Mutex<Vec<Connection>>>,
}

impl Sqlite {
    /// Takes over a database, and opens `readers` connections for reading. `busy` is how long to
    /// wait for another process. Blocks.
    pub(super) fn open(ready: At<Head>, readers: usize, busy: Duration) -> Result<Self, OpenError> {
        let has_log = keep_a_log(ready.connection(), busy)?;
        let readers = open_readers(&ready, readers, busy)?;
        let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let short = if has_log { Some(open_readers(&ready, threads, busy)?) } else { None };
        let watcher = if has_log { open_readers(&ready, 1, busy)?.pop() } else { None };
        prepare(ready.connection(), busy)?;
        Ok(Self {
            writer: Arc::new(tokio::sync::Mutex::new(ready)),
            readers: Arc::new(Mutex::new(readers)),
            short: short.map(|short| Arc::new(Mutex::new(short))),
            watcher: watcher.map(|watcher| Arc::new(Mutex::new(watcher))),
        })
    }

    /// Sets the durability of the next changes. Each use of the writer sets it, so no setting stays
    /// from a use that panicked (<https://sqlite.org/pragma.html#pragma_synchronous>).
    pub(super) fn set_durability(
        &self,
        writer: &Connection,
        durability: Durability,
    ) -> Result<(), DatabaseError> {
        // Without a log, a lower setting could damage the database.
        let has_log = self.short.is_some();
        let setting = if durability == Durability::Unsynced && has_log { "NORMAL" } else { "FULL" };
        Ok(writer.pragma_update(None, "synchronous", setting)?)
    }

    /// Returns a number that differs after every commit of another connection. Nothing is ever
    /// committed by this one (<https://sqlite.org/pragma.html#pragma_data_version>).
    pub(super) fn version(&self) -> Option<i64> {
        let watcher = self.watcher.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        let mut statement = watcher.prepare_cached("PRAGMA data_version").ok()?;
        statement.query_row([], |row| row.get(0)).ok()
    }
}

/// Switches to a write-ahead log (<https://sqlite.org/wal.html>).
///
/// On a file system that does not support a log, the journal mode is not changed, and readers wait
/// for the writer. Returns `true` if there is a log.
fn keep_a_log(connection: &Connection, busy: Duration) -> Result<bool, DatabaseError> {
    connection.busy_timeout(busy)?;
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    let has_log = mode.eq_ignore_ascii_case("wal");
    if !has_log {
        tracing::warn!(mode, "this file system does not support a write-ahead log; readers wait for writers");
    }
    Ok(has_log)
}

fn open_readers(ready: &At<Head>, count: usize, busy: Duration) -> Result<Vec<Connection>, OpenError> {
    let open = || {
        let reader = ready.open()?;
        prepare(&reader, busy)?;
        reader.pragma_update(None, "query_only", true).map_err(DatabaseError::from)?;
        Ok(reader)
    };
    (0..count).map(|_| open()).collect()
}

/// Prepares a connection. Foreign keys are not enforced, as in PhotoSafe, because its databases
/// contain violations.
pub(crate) fn prepare(connection: &Connection, busy: Duration) -> Result<(), DatabaseError> {
    connection.busy_timeout(busy)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Otherwise, query plans depend on the values of parameters, and a statement that could use a
    // partial index is compiled again for each new value (https://sqlite.org/queryplanner-ng.html).
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(connection.pragma_update(None, "foreign_keys", false)?)
}

impl From<Arc<Mutex<Vec<Connection>>>> for Borrowed {
    fn from(readers: Arc<Mutex<Vec<Connection>>>) -> Self {
        let connection = readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
        Self { connection, readers }
    }
}

impl Drop for Borrowed {
    fn drop(&mut self) {
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        readers.extend(self.connection.take());
    }
}
