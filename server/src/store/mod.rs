//! The database, as the handlers see it: questions and changes in the words of photos. Only here is SQL.
//!
//! One connection writes: the one that was migrated, so that nothing is served from a database that is not at the head. A few more read. The journal
//! is a write-ahead log, so that reading and writing do not wait for each other.

mod binding;
mod photo;
mod read;
pub(crate) mod stamp;
mod value;
mod write;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aludel::rusqlite::{self, Connection};
use aludel::{At, Position};
use hyper::StatusCode;
use tokio::sync::{OwnedMutexGuard, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::error::Error;
use crate::migrations::{CHAIN, Head};

pub(crate) use binding::{binding_of, local_files};
pub(crate) use photo::{Original, Shown};
pub(crate) use read::{Lost, Reader};
pub(crate) use value::{Json, Stamp};
pub(crate) use write::{NewPhoto, Writer};

/// Readers at once. More would only wait for the same disk.
const READERS: usize = 4;

/// Whether a database may still be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// As it was at the start.
    Served,
    /// Another process moved it to another revision.
    Moved {
        /// Where it is now.
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
    turns: Arc<Semaphore>,
    busy: Duration,
    binding: Arc<str>,
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Store").finish_non_exhaustive()
    }
}

/// A reading connection that goes back to the others however the work on it ends.
struct Borrowed {
    connection: Option<Connection>,
    readers: Arc<Mutex<Vec<Connection>>>,
}

impl Store {
    /// Takes over a database at the head that is bound to a folder by this id. `busy` is how long to wait for another process. Blocks.
    pub(crate) fn open(ready: At<Head>, binding: &str, busy: Duration) -> Result<Self, OpenError> {
        keep_a_log(ready.connection(), busy)?;
        let mut readers = Vec::with_capacity(READERS);
        for _ in 0..READERS {
            let reader = ready.open()?;
            prepare(&reader, busy)?;
            reader.pragma_update(None, "query_only", true)?;
            readers.push(reader);
        }
        prepare(ready.connection(), busy)?;
        Ok(Self {
            writer: Arc::new(tokio::sync::Mutex::new(ready)),
            turns: Arc::new(Semaphore::new(readers.len())),
            readers: Arc::new(Mutex::new(readers)),
            busy,
            binding: binding.into(),
        })
    }

    /// The id by which the database and the uploads folder are bound to each other.
    pub(crate) fn binding(&self) -> Arc<str> {
        Arc::clone(&self.binding)
    }

    /// Compares the database with what it was when it was opened.
    pub(crate) async fn state(&self) -> Result<State, Error> {
        let (busy, binding) = (self.busy, Arc::clone(&self.binding));
        self.borrow(move |connection| state(connection, &binding, busy)).await
    }

    /// Runs a reading piece of work on a blocking thread.
    ///
    /// If it fails because the database was moved to another revision, the error says so.
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

    async fn borrow<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let turn = timeout(self.busy, Arc::clone(&self.turns).acquire_owned())
            .await
            .map_err(|_| Error::Busy)?
            .map_err(|_| Error::Busy)?;
        let readers = Arc::clone(&self.readers);
        spawn_blocking(move || {
            let _turn = turn;
            let borrowed = Borrowed::from(readers);
            let connection = borrowed.connection.as_ref().ok_or(Error::Busy)?;
            work(connection)
        })
        .await?
    }

    /// Runs a writing piece of work on a blocking thread; there is one at a time.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(Writer<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let mut writer: OwnedMutexGuard<At<Head>> =
            timeout(self.busy, Arc::clone(&self.writer).lock_owned()).await.map_err(|_| Error::Busy)?;
        let (busy, binding) = (self.busy, Arc::clone(&self.binding));
        spawn_blocking(move || {
            let done = work(Writer::new(writer.connection_mut()));
            done.map_err(|error| explained(error, writer.connection(), &binding, busy))
        })
        .await?
    }
}

/// Reads where the database is, and which folder it is bound to.
fn state(connection: &Connection, binding: &str, busy: Duration) -> Result<State, Error> {
    let revisions = CHAIN.migrator().lock_timeout(busy).current(connection);
    // The library waits in its own way, and leaves its own limit behind.
    connection.busy_timeout(busy)?;
    let revisions = revisions.map_err(|_| Error::Busy)?;
    if revisions != Head::REVISIONS {
        return Ok(State::Moved { revisions });
    }
    let found = binding_of(connection)?;
    Ok(if found.as_deref() == Some(binding) { State::Served } else { State::Unbound })
}

/// A failed statement may only mean that the tables are no longer those of the head.
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

/// Why the connections could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OpenError {
    #[error("cannot open a further connection")]
    Further(#[from] aludel::Error),
    #[error("cannot prepare a connection")]
    Prepare(#[from] rusqlite::Error),
}

/// Switches to a write-ahead log (<https://sqlite.org/wal.html>). A file system that cannot have one keeps its journal; then reading waits for
/// writing.
fn keep_a_log(connection: &Connection, busy: Duration) -> Result<(), rusqlite::Error> {
    connection.busy_timeout(busy)?;
    let mode: String = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    // What was answered with 201 must survive a power failure: in a log, a lesser setting syncs only now and then.
    connection.pragma_update(None, "synchronous", "FULL")?;
    if !mode.eq_ignore_ascii_case("wal") {
        tracing::warn!(mode, "the database cannot have a write-ahead log here; readers wait for writers");
    }
    Ok(())
}

/// Foreign keys stay unenforced, as they always were under PhotoSafe: its databases hold rows that violate them.
fn prepare(connection: &Connection, busy: Duration) -> Result<(), rusqlite::Error> {
    connection.busy_timeout(busy)?;
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
