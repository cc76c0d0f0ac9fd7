//! The database, as the handlers see it: questions and changes in the words of photos. Only here is SQL.
//!
//! One connection writes: the one that was migrated, so that nothing is served from a database that is not at the head. A few more read.

mod photo;
mod read;
mod value;
mod write;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use aludel::At;
use aludel::rusqlite::{self, Connection};
use tokio::sync::{OwnedMutexGuard, Semaphore};
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::error::Error;
use crate::migrations::Head;

pub(crate) use photo::{Original, Shown};
pub(crate) use read::Reader;
pub(crate) use value::{Json, Stamp};
pub(crate) use write::{NewPhoto, Writer};

/// Readers at once. More would only wait for the same disk.
const READERS: usize = 4;

/// A database at the head, with its connections.
#[derive(Clone)]
pub(crate) struct Store {
    writer: Arc<tokio::sync::Mutex<At<Head>>>,
    readers: Arc<Mutex<Vec<Connection>>>,
    turns: Arc<Semaphore>,
    busy: Duration,
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
    /// Takes over a database at the head. `busy` is how long to wait for another process. Blocks.
    pub(crate) fn open(ready: At<Head>, busy: Duration) -> Result<Self, OpenError> {
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
        })
    }

    /// Runs a reading piece of work on a blocking thread.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(Reader<'_>) -> Result<T, Error> + Send + 'static,
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
            work(Reader::new(connection))
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
        spawn_blocking(move || work(Writer::new(writer.connection_mut()))).await?
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
