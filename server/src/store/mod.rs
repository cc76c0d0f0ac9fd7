//! The handlers' interface to the database: queries and changes in terms of photos. Only this
//! module contains SQL.
//!
//! A [`Reader`] and a [`Writer`] use a [`Connection`] to SQLite or PostgreSQL. [`sqlite`] and
//! [`postgres`] manage the connections.

mod albums;
mod binding;
mod changes;
mod connection;
mod copy;
mod error;
mod jobs;
mod library;
mod links;
mod migrations;
mod people;
mod photo;
mod postgres;
mod read;
mod rows;
mod sqlite;
pub(crate) mod stamp;
mod value;
mod write;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use hyper::StatusCode;
use tokio::sync::{Semaphore, oneshot};
use tokio::task::spawn_blocking;
use tokio::time::timeout;
use tracing::Span;

use crate::database::{self, Ready, ReadyKind};
use crate::error::Error;

pub(crate) use albums::AlbumChanges;
pub(crate) use binding::{binding_of, hashed_photos, local_files, lock_binding, unlock_binding};
pub(crate) use changes::Changes;
pub(crate) use connection::{Connection, WritingConnection};
pub(crate) use copy::{Copied, CopyError, copy_library};
pub(crate) use error::DatabaseError;
pub(crate) use jobs::{Begun, Task, ThumbnailState};
pub(crate) use library::{Cursor, Filter, Listed};
pub(crate) use migrations::{MigrationState, Schema};
pub(crate) use people::{Grant, NewUser};
pub(crate) use photo::{Original, Shown};
pub(crate) use postgres::{Session, connect};
pub(crate) use read::{Lost, Place, Reader};
pub(crate) use sqlite::prepare;
pub(crate) use value::{Json, Stamp};
pub(crate) use write::{Adding, NewPhoto, Writer};

use postgres::Pool;
use sqlite::{Borrowed, Durability, Sqlite};

/// The number of reading connections to SQLite. More connections would only wait for the same disk.
const READERS: usize = 4;

/// The maximum number of connections to a PostgreSQL server. It is low because several PhotoSafe
/// servers share PostgreSQL's connection limit.
const SESSIONS: usize = 8;

/// The result of checking if the database may still be served.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// The database has not changed since startup.
    Served,
    /// Another process migrated it to a different revision.
    Moved {
        /// The current revisions of the database.
        revisions: Vec<String>,
    },
    /// It is now bound to a different folder, or to none.
    Unbound,
}

/// A database at the head, with its connections.
#[derive(Clone)]
pub(crate) struct Store {
    backend: Backend,
    permits: Arc<Semaphore>,
    busy: Duration,
    binding: Arc<str>,
}

#[derive(Clone)]
enum Backend {
    Sqlite(Sqlite),
    Postgres(Pool),
}

impl fmt::Debug for Store {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// Takes over a database at the head. `binding` is the id that binds it to a folder, and `busy`
    /// is how long to wait for another process. Blocks.
    pub(crate) fn open(ready: Ready, binding: &str, busy: Duration) -> Result<Self, OpenError> {
        let (backend, permits) = match ready.into_kind() {
            ReadyKind::Sqlite(ready) => (Backend::Sqlite(Sqlite::open(ready, READERS, busy)?), READERS),
            ReadyKind::Postgres(first, database) => {
                (Backend::Postgres(Pool::new(database, first, busy)?), SESSIONS)
            }
        };
        Ok(Self { backend, permits: Arc::new(Semaphore::new(permits)), busy, binding: binding.into() })
    }

    /// Returns the id that binds the database and the uploads folder.
    pub(crate) fn binding(&self) -> Arc<str> {
        Arc::clone(&self.binding)
    }

    /// Compares the database with the state in which it was opened.
    pub(crate) async fn state(&self) -> Result<State, Error> {
        let (busy, binding) = (self.busy, Arc::clone(&self.binding));
        self.borrow(move |connection| state(connection, &binding, busy)).await
    }

    /// Runs read-only work on a blocking thread.
    ///
    /// If the work fails because the database was migrated to a different revision, the error
    /// reports this.
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

    /// Runs read-only work on this thread, unless it would have to wait for the writer or for a
    /// server. The work must be short, such as reading single rows by an index.
    ///
    /// On SQLite, such a query takes a few microseconds, which is less than switching to another
    /// thread.
    pub(crate) async fn read_short<T: Send + 'static>(
        &self,
        work: impl FnOnce(Reader<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let borrowed = match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.short.clone().map(Borrowed::from),
            Backend::Postgres(_) => None,
        };
        match borrowed.as_ref().and_then(|borrowed| borrowed.connection.as_ref()) {
            Some(connection) => {
                let connection = Connection::Sqlite(connection);
                work(Reader::new(connection))
                    .map_err(|error| explained(error, connection, &self.binding, self.busy))
            }
            None => self.read(work).await,
        }
    }

    /// Returns a number that is different after each change to the database, by this process or
    /// another one. Returns `None` if changes are not recognized, as on PostgreSQL.
    pub(crate) fn version(&self) -> Option<i64> {
        match &self.backend {
            Backend::Sqlite(sqlite) => sqlite.version(),
            Backend::Postgres(_) => None,
        }
    }

    /// Waits for a future, for at most the time that a query waits for another process.
    pub(crate) async fn in_time<T>(&self, awaited: impl Future<Output = T>) -> Result<T, Error> {
        timeout(self.busy, awaited).await.map_err(|_| Error::Busy)
    }

    async fn borrow<T: Send + 'static>(
        &self,
        work: impl FnOnce(Connection<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (sender, mut done) = oneshot::channel();
        self.borrow_erased(Box::new(move |connection| {
            // The receiver waits.
            let _ = sender.send(work(connection)?);
            Ok(())
        }))
        .await?;
        done.try_recv().map_err(|_| Error::Busy)
    }

    async fn borrow_erased(&self, work: Work) -> Result<(), Error> {
        let permit =
            self.in_time(Arc::clone(&self.permits).acquire_owned()).await?.map_err(|_| Error::Busy)?;
        let (backend, span) = (self.backend.clone(), Span::current());
        spawn_blocking(move || {
            let _span = span.entered();
            let _permit = permit;
            match backend {
                Backend::Sqlite(sqlite) => {
                    let borrowed = Borrowed::from(sqlite.readers);
                    let connection = borrowed.connection.as_ref().ok_or(Error::Busy)?;
                    work(Connection::Sqlite(connection))
                }
                Backend::Postgres(pool) => pool.with(|session| work(Connection::Postgres(session))),
            }
        })
        .await?
    }

    /// Runs work that may write on a blocking thread. On SQLite, only one writer runs at a time.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(Writer<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.write_with(Durability::Synced, work).await
    }

    /// Runs work like [`Self::write`], but a power failure may undo its latest changes. This suits
    /// changes that the server makes again, such as those of background jobs.
    pub(crate) async fn write_unsynced<T: Send + 'static>(
        &self,
        work: impl FnOnce(Writer<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        self.write_with(Durability::Unsynced, work).await
    }

    async fn write_with<T: Send + 'static>(
        &self,
        durability: Durability,
        work: impl FnOnce(Writer<'_>) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let (sender, mut done) = oneshot::channel();
        self.write_erased(
            durability,
            Box::new(move |writer| {
                // The receiver waits.
                let _ = sender.send(work(writer)?);
                Ok(())
            }),
        )
        .await?;
        done.try_recv().map_err(|_| Error::Busy)
    }

    async fn write_erased(&self, durability: Durability, work: WritingWork) -> Result<(), Error> {
        let (busy, binding) = (self.busy, Arc::clone(&self.binding));
        let Backend::Sqlite(sqlite) = &self.backend else {
            let work = move |connection: Connection<'_>| {
                let Connection::Postgres(session) = connection else { return Err(Error::Busy) };
                work(Writer::new(WritingConnection::Postgres(session)))
                    .map_err(|error| explained(error, connection, &binding, busy))
            };
            return self.borrow_erased(Box::new(work)).await;
        };
        let mut writer = self.in_time(Arc::clone(&sqlite.writer).lock_owned()).await?;
        let (sqlite, span) = (sqlite.clone(), Span::current());
        spawn_blocking(move || {
            let _span = span.entered();
            sqlite.set_durability(writer.connection(), durability)?;
            let done = work(Writer::new(WritingConnection::Sqlite(writer.connection_mut())));
            done.map_err(|error| explained(error, Connection::Sqlite(writer.connection()), &binding, busy))
        })
        .await?
    }
}

/// Work on a connection. Its types are erased, because a task would otherwise be compiled for each
/// closure, which takes minutes.
type Work = Box<dyn FnOnce(Connection<'_>) -> Result<(), Error> + Send>;

/// Work that may write.
type WritingWork = Box<dyn FnOnce(Writer<'_>) -> Result<(), Error> + Send>;

/// Compares the database's revision and the folder that it is bound to with the expected ones.
fn state(connection: Connection<'_>, binding: &str, busy: Duration) -> Result<State, Error> {
    let revisions = database::current(connection, busy);
    if let Connection::Sqlite(connection) = connection {
        // Aludel waits with its own timeout and does not restore the old one, so it is set again.
        connection.busy_timeout(busy).map_err(DatabaseError::from)?;
    }
    let revisions = revisions.map_err(|_| Error::Busy)?;
    if revisions != database::head(connection) {
        return Ok(State::Moved { revisions });
    }
    let found = binding_of(connection)?;
    Ok(if found.as_deref() == Some(binding) { State::Served } else { State::Unbound })
}

/// Replaces the error of a statement that failed because the tables are no longer those at the
/// head.
fn explained(error: Error, connection: Connection<'_>, binding: &str, busy: Duration) -> Error {
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
    Prepare(#[from] DatabaseError),
}
