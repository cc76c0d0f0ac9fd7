//! The handlers for the owner of the server, below `/api/admin/`.

mod migrations;

use std::path::Path;
use std::sync::Arc;

use aludel::Report;

use crate::actor::Owner;
use crate::answer::Answer;
use crate::error::Error;
use crate::router::{Head, reads};
use crate::store::Store;

/// The routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    Migrations,
}

/// The paths of the routes.
pub(crate) const ROUTES: &[(&str, Route)] = &[("/api/admin/migrations", Route::Migrations)];

/// The handlers.
#[derive(Debug)]
pub(crate) struct Admin {
    store: Store,
    /// The path of the database, as its owner wrote it.
    database: String,
    /// The result of the migration when the server started.
    report: Arc<Report>,
}

impl Admin {
    /// Creates the handlers.
    pub(crate) fn new(store: Store, database: &Path, report: Report) -> Self {
        Self { store, database: database.display().to_string(), report: Arc::new(report) }
    }

    /// Handles a request of the owner.
    pub(crate) async fn answer(&self, route: Route, head: &Head, owner: Owner) -> Result<Answer, Error> {
        match route {
            Route::Migrations => {
                reads(&head.method)?;
                self.migrations(owner).await
            }
        }
    }
}
