//! The handlers for the owner of the server, below `/api/admin/`.

mod migrations;

use std::sync::Arc;

use aludel::Report;

use crate::actor::Owner;
use crate::answer::Answer;
use crate::database::Database;
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
    /// The database as the operator wrote it, without the password.
    database: String,
    /// The revisions that this program serves.
    head: &'static [&'static str],
    /// The result of the migration when the server started.
    report: Arc<Report>,
}

impl Admin {
    /// Creates the handlers.
    pub(crate) fn new(store: Store, database: &Database, report: Report) -> Self {
        Self { store, database: database.to_string(), head: database.head(), report: Arc::new(report) }
    }

    /// Handles a request from the owner.
    pub(crate) async fn answer(&self, route: Route, head: &Head, owner: Owner) -> Result<Answer, Error> {
        match route {
            Route::Migrations => {
                reads(&head.method)?;
                self.migrations(owner).await
            }
        }
    }
}
