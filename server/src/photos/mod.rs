//! What can be done with photos: the handlers, one kind of request a file.
//!
//! They hold no SQL and know no places; they can only be reached through [`Photos`], which is only made from a database at the head.

mod delete;
mod form;
mod list;
pub(crate) mod name;
mod original;
mod upload;

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aludel::At;
use tokio::sync::Semaphore;

use crate::error::Error;
use crate::migrations::Head;
use crate::settings::Limits;
use crate::store::{OpenError, Store};
use crate::uploads::{Uploads, collect};

pub(crate) use original::Address;

/// Photos being looked at at once: this is the work that costs memory.
const INSPECTIONS: usize = 4;

/// How many files are looked up in the database at a time, so that a collection never keeps a connection for long.
const COLLECTED_AT_ONCE: usize = 64;

/// Photos and their files.
#[derive(Debug, Clone)]
pub(crate) struct Photos {
    store: Store,
    uploads: Uploads,
    limits: Limits,
    inspections: Arc<Semaphore>,
}

impl Photos {
    /// Takes over a database at the head and its folder. Blocks.
    pub(crate) fn open(
        ready: At<Head>,
        uploads: Uploads,
        limits: Limits,
        busy: Duration,
    ) -> Result<Self, OpenError> {
        Ok(Self {
            store: Store::open(ready, busy)?,
            uploads,
            limits,
            inspections: Arc::new(Semaphore::new(INSPECTIONS)),
        })
    }

    /// Whether the database answers.
    pub(crate) async fn ping(&self) -> Result<(), Error> {
        self.store.read(|reader| Ok(reader.ping()?)).await
    }

    /// Removes files that no photo names and that are older than `grace`; answers how many.
    pub(crate) async fn collect(&self, grace: Duration) -> Result<usize, Error> {
        let Some(limit) = SystemTime::now().checked_sub(grace) else {
            return Ok(0);
        };
        let uploads = self.uploads.clone();
        let mut left = blocking(move || collect::candidates(&uploads, limit)).await?;
        let mut collected = 0;
        while !left.is_empty() {
            let some = left.split_off(left.len().saturating_sub(COLLECTED_AT_ONCE));
            let uploads = self.uploads.clone();
            collected += self
                .store
                .read(move |reader| collect::collect(&uploads, &some, |hash| Ok(reader.names(hash)?)))
                .await?;
        }
        Ok(collected)
    }
}

/// Runs work that blocks where it may.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await?
}
