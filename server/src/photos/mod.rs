//! The handlers for photos, one file per kind of request.
//!
//! They contain no SQL and no paths. They are methods of [`Photos`], which can be created only from
//! a database at the head.

mod bulk;
mod cache;
mod conditions;
mod edit;
mod form;
mod group_commit;
mod list;
pub(crate) mod name;
mod original;
mod places;
mod routes;
mod sendable;
mod thumbnail;
mod tidy;
mod trash;
mod upload;
mod versioned;

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::archive::Entry;
use crate::database::Ready;
use crate::error::Error;
use crate::jobs::Jobs;
use crate::settings::Limits;
use crate::store::{OpenError, Original, State, Store};
use crate::uploads::Uploads;

pub(crate) use conditions::Conditions;
pub(crate) use original::Address;
pub(crate) use routes::{ROUTES, Route, segment};
pub(crate) use trash::{TRASH_ROUTES, TrashRoute};

use cache::Cache;
use group_commit::Arrivals;
pub(crate) use group_commit::{Arrival, store_all};
use places::Places;

/// The number of photos that are inspected at once. Each inspection needs memory.
const INSPECTIONS: usize = 4;

/// The number of photos that are sent to a bucket at once. Each needs the memory of a part.
const SENDING: usize = 8;

/// Photos and their files.
#[derive(Debug, Clone)]
pub(crate) struct Photos {
    store: Store,
    uploads: Uploads,
    limits: Limits,
    inspections: Arc<Semaphore>,
    sending: Arc<Semaphore>,
    arrivals: Arrivals,
    jobs: Jobs,
    cache: Cache,
    places: Places,
}

impl Photos {
    /// Takes over a database at the head and its folder. `binding` is their common id. Blocks.
    pub(crate) fn open(
        ready: Ready,
        uploads: Uploads,
        binding: &str,
        limits: Limits,
        busy: Duration,
    ) -> Result<Self, OpenError> {
        let store = Store::open(ready, binding, busy)?;
        Ok(Self {
            jobs: Jobs::new(store.clone(), uploads.clone(), limits),
            store,
            uploads,
            limits,
            inspections: Arc::new(Semaphore::new(INSPECTIONS)),
            sending: Arc::new(Semaphore::new(SENDING)),
            arrivals: Arrivals::default(),
            cache: Cache::default(),
            places: Places::default(),
        })
    }

    /// Returns the background jobs.
    pub(crate) fn jobs(&self) -> &Jobs {
        &self.jobs
    }

    /// Returns the database.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Prepares originals for an archive.
    pub(crate) fn archive_entries(&self, originals: Vec<Original>) -> Vec<Entry> {
        let entry = |original: Original| {
            let uploads = self.uploads.clone();
            let name = original.name.clone();
            let open = move || Ok(original::open(&uploads, &original)?.map(|(_, opened)| opened.file));
            Entry { name, open: Box::new(open) }
        };
        originals.into_iter().map(entry).collect()
    }

    /// Returns `true` if uploads are refused because there is too little free space.
    pub(crate) async fn is_full(&self) -> Result<bool, Error> {
        let (uploads, reserve) = (self.uploads.clone(), self.limits.reserve_bytes);
        blocking(move || Ok(uploads.free_bytes()? < reserve)).await
    }

    /// Compares the database with the state in which it was opened.
    pub(crate) async fn state(&self) -> Result<State, Error> {
        self.store.state().await
    }
}

/// Runs work on a blocking thread.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await?
}
