//! What can be done with photos: the handlers, one kind of request a file.
//!
//! They hold no SQL and know no places; they can only be reached through [`Photos`], which is only made from a database at the head.

mod conditions;
mod delete;
mod form;
mod list;
pub(crate) mod name;
mod original;
mod tidy;
mod upload;

use std::sync::Arc;
use std::time::Duration;

use aludel::At;
use tokio::sync::Semaphore;

use crate::error::Error;
use crate::migrations::Head;
use crate::settings::Limits;
use crate::store::{OpenError, State, Store};
use crate::uploads::Uploads;

pub(crate) use conditions::Conditions;
pub(crate) use original::Address;

/// Photos being looked at at once: this is the work that costs memory.
const INSPECTIONS: usize = 4;

/// Photos and their files.
#[derive(Debug, Clone)]
pub(crate) struct Photos {
    store: Store,
    uploads: Uploads,
    limits: Limits,
    inspections: Arc<Semaphore>,
}

impl Photos {
    /// Takes over a database at the head and its folder, which are bound to each other by this id. Blocks.
    pub(crate) fn open(
        ready: At<Head>,
        uploads: Uploads,
        binding: &str,
        limits: Limits,
        busy: Duration,
    ) -> Result<Self, OpenError> {
        Ok(Self {
            store: Store::open(ready, binding, busy)?,
            uploads,
            limits,
            inspections: Arc::new(Semaphore::new(INSPECTIONS)),
        })
    }

    /// Compares the database with what it was when it was opened.
    pub(crate) async fn state(&self) -> Result<State, Error> {
        self.store.state().await
    }
}

/// Runs work that blocks where it may.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work).await?
}
