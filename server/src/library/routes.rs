//! The routes below `/api/library`.

use crate::actor::Actor;
use crate::answer::Answer;
use crate::error::Error;
use crate::router::{Head, reads};

use super::Library;

/// The routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    Photos,
    Months,
    Cameras,
    Status,
}

/// The paths of the routes.
pub(crate) const ROUTES: &[(&str, Route)] = &[
    ("/api/library/photos", Route::Photos),
    ("/api/library/months", Route::Months),
    ("/api/library/cameras", Route::Cameras),
    ("/api/library/status", Route::Status),
];

impl Library {
    /// Handles a user's request.
    pub(crate) async fn answer(&self, route: Route, head: &Head, actor: Actor) -> Result<Answer, Error> {
        reads(&head.method)?;
        let query = head.query.as_deref();
        match route {
            Route::Photos => self.photos(actor, query).await,
            Route::Months => self.months(actor, query).await,
            Route::Cameras => self.cameras(actor).await,
            Route::Status => self.status(actor).await,
        }
    }
}
