//! The database as the handlers use it: queries and changes in terms of photos. Only this module
//! contains SQL.
//!
//! One connection writes. It is the migrated one, so the server never serves a database that is not
//! at the head. A few more connections read. The journal is a write-ahead log, so readers and the
//! writer do not block each other.

mod albums;
mod binding;
mod changes;
mod jobs;
mod library;
mod links;
mod migrations;
mod people;
mod photo;
mod read;
pub(crate) mod stamp;
mod value;
mod write;

use std::fmt;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aludel::At;
use aludel::chain::Position;
use aludel::rusqlite::config::DbConfig;
use aludel::rusqlite::{self, Connection};
use hyper::StatusCode;
use tokio::sync::{OwnedMutexGuard, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tracing::Span;

use crate::error::Error;
use crate::migrations::{CHAIN, Head};

pub(crate) use albums::AlbumChanges;
pub(crate) use binding::{binding_of, hashed_photos, local_files};
pub(crate) use changes::Changes;
pub(crate) use jobs::{Begun, Task, ThumbnailState};
pub(crate) use library::{Cursor, Filter, Listed};
pub(crate) use migrations::{MigrationState, Schema};
pub(crate) use people::NewUser;
pub(crate) use photo::{Original, Shown};
pub(crate) use read::{Lost, Reader};
pub(crate) use value::{Json, Stamp};
pub(crate) use write::{Adding, NewPhoto, Writer};

/// The number of reading connections. More would only wait for the same disk.
const READERS: usize = 4;

/// The number of prepared statements that a connection keeps: more than the server has.
const STATEMENTS: usize = 128;

/// The result of checking if a database may still be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// The database is unchanged since the start.
    Served,
    /// Another process migrated it to another revision.
    Moved {
        /// The revisions of the database now.
        revisions: Vec<String>,
    },
    /// It was bound to another folder, or to none.
    Unbound,
}

/// A database at the head, with its connections.
#[derive(Clone)]
pub(crate) struct Store {
    writer: Arc<tokio::sync::Mutex<At<Head>>>,
    readers: Arc<Mutex<Vec<Connection>>>,
    /// The connections for short queries. `None` if readers wait for the writer.
    short: Option<Arc<Mutex<Vec<Connection>>>>,
    permits: Arc<Semaphore>,
    busy: Duration,
    binding: Arc<str>,
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Store").finish_non_exhaustive()
    }
}

/// A reading connection that returns to the pool when the work on it ends in any way.
struct Borrowed {
    connection: Option<Connection>,
    readers: Arc<Mutex<Vec<Connection>>>,
}

impl Store {
    /// Takes over a database at the head that is bound to a folder by this id. `busy` is the time
    /// to wait for another process. Blocks.
    pub(crate) fn open(ready: At<Head>, binding: &str, busy: Duration) -> Result<Self, OpenError> {
        let has_log = keep_a_log(ready.connection(), busy)?;
        let readers = open_readers(&ready, READERS, busy)?;
        let threads = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let short = if has_log { Some(open_readers(&ready, threads, busy)?) } else { None };
        prepare(ready.connection(), busy)?;
        Ok(Self {
            writer: Arc::new(tokio::sync::Mutex::new(ready)),
            permits: Arc::new(Semaphore::new(READERS)),
            readers: Arc::new(Mutex::new(readers)),
            short: short.map(|short| Arc::new(Mutex::new(short))),
            busy,
            binding: binding.into(),
        })
    }

    /// Returns the id that binds the database and the uploads folder.
    pub(crate) fn binding(&self) -> Arc<str> {
        Arc::clone(&self.binding)
    }

    /// Compares the database with its state when it was opened.
    pub(crate) async fn state(&self) -> Result<State, Error> {
        let (busy, binding) = (self.busy, Arc::clone(&self.binding));
        self.borrow(move |connection| state(connection, &binding, busy)).await
    }

    /// Runs reading work on a blocking thread.
    ///
    /// If the work fails because the database was migrated to another revision, the error reports this.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(Reader<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (busy, binding) = (self.busy, Arc::clone(&self.binding));
        self.borrow(move |connection| {
            work(Reader::new(connection)).map_err(|error| explained(error, connection, &binding, busy))
        })
        .await
    }

    /// Runs reading work on this thread, if no query waits for the writer. The work must be short:
    /// single rows by an index.
    ///
    /// Such a query takes some microseconds, and a switch to another thread takes longer.
    pub(crate) async fn read_short<T: Send + 'static>(
        &self,
        work: impl FnOnce(Reader<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let borrowed = self.short.clone().map(Borrowed::from);
        match borrowed.as_ref().and_then(|borrowed| borrowed.connection.as_ref()) {
            Some(connection) => work(Reader::new(connection))
                .map_err(|error| explained(error, connection, &self.binding, self.busy)),
            None => self.read(work).await,
        }
    }

    async fn borrow<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let permit = timeout(self.busy, Arc::clone(&self.permits).acquire_owned())
            .await
            .map_err(|_| Error::Busy)?
            .map_err(|_| Error::Busy)?;
        let (readers, span) = (Arc::clone(&self.readers), Span::current());
        spawn_blocking(move || {
            let _span = span.entered();
            let _permit = permit;
            let borrowed = Borrowed::from(readers);
            let connection = borrowed.connection.as_ref().ok_or(Error::Busy)?;
            work(connection)
        })
        .await?
    }

    /// Runs writing work on a blocking thread, one at a time.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(Writer<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let mut writer: OwnedMutexGuard<At<Head>> =
            timeout(self.busy, Arc::clone(&self.writer).lock_owned()).await.map_err(|_| Error::Busy)?;
        let (busy, binding, span) = (self.busy, Arc::clone(&self.binding), Span::current());
        spawn_blocking(move || {
            let _span = span.entered();
            let done = work(Writer::new(writer.connection_mut()));
            done.map_err(|error| explained(error, writer.connection(), &binding, busy))
        })
        .await?
    }
}

/// Reads the revision of the database, and the folder that it is bound to.
fn state(connection: &Connection, binding: &str, busy: Duration) -> Result<State, Error> {
    let revisions = CHAIN.migrator().lock_timeout(busy).current(connection);
    // The library uses its own wait and leaves its own timeout, so the timeout is set again.
    connection.busy_timeout(busy)?;
    let revisions = revisions.map_err(|_| Error::Busy)?;
    if revisions != Head::REVISIONS {
        return Ok(State::Moved { revisions });
    }
    let found = binding_of(connection)?;
    Ok(if found.as_deref() == Some(binding) { State::Served } else { State::Unbound })
}

/// Replaces an error of a failed statement if the tables are no longer those of the head.
fn explained(error: Error, connection: &Connection, binding: &str, busy: Duration) -> Error {
    match error {
        Error::Database(_) if error.status() == StatusCode::INTERNAL_SERVER_ERROR => {
            match state(connection, binding, busy) {
                Ok(State::Moved { .. }) => Error::Moved,
                _ => error,
            }
        }
        error => error,
    }
}

/// The reason why the connections could not be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("cannot open another connection")]
    Further(#[from] aludel::Error),
    #[error("cannot prepare a connection")]
    Prepare(#[from] rusqlite::Error),
}

/// Switches to a write-ahead log (<https://sqlite.org/wal.html>).
///
/// On a file system that does not support it, the journal mode stays unchanged, and readers wait
/// for the writer. Returns `true` if there is a log.
fn keep_a_log(connection: &Connection, busy: Duration) -> Result<bool, rusqlite::Error> {
    connection.busy_timeout(busy)?;
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    // A photo that was answered with 201 must survive a power failure. With a write-ahead log, a
    // lower setting syncs only occasionally.
    connection.pragma_update(None, "synchronous", "FULL")?;
    let has_log = mode.eq_ignore_ascii_case("wal");
    if !has_log {
        tracing::warn!(mode, "a write-ahead log is not possible here; readers wait for writers");
    }
    Ok(has_log)
}

fn open_readers(ready: &At<Head>, count: usize, busy: Duration) -> Result<Vec<Connection>, OpenError> {
    let open = || {
        let reader = ready.open()?;
        prepare(&reader, busy)?;
        reader.pragma_update(None, "query_only", true)?;
        Ok(reader)
    };
    (0..count).map(|_| open()).collect()
}

/// Prepares a connection. Foreign keys are not enforced, as in PhotoSafe, because its databases
/// contain violations.
pub(crate) fn prepare(connection: &Connection, busy: Duration) -> Result<(), rusqlite::Error> {
    connection.busy_timeout(busy)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Otherwise a plan depends on the values of its parameters, and a statement that considers a
    // partial index is compiled again for each new value (https://sqlite.org/queryplanner-ng.html).
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    connection.pragma_update(None, "foreign_keys", false)
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
