//! The routes below `/api/shared`.

use crate::answer::Answer;
use crate::error::Error;
use crate::photos::segment;
use crate::router::{Head, Parameters, reads};

use super::Shares;

/// The routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    Album,
    Original,
    Thumbnail,
    Zip,
}

/// The paths of the routes.
pub(crate) const ROUTES: &[(&str, Route)] = &[
    ("/api/shared/{token}", Route::Album),
    ("/api/shared/{token}/zip", Route::Zip),
    ("/api/shared/{token}/photos/{key}/original", Route::Original),
    ("/api/shared/{token}/photos/{key}/thumbnail/{size}", Route::Thumbnail),
];

impl Shares {
    /// Handles a request from anyone who has the link.
    pub(crate) async fn answer(
        &self,
        route: Route,
        parameters: &Parameters<'_>,
        head: &Head,
    ) -> Result<Answer, Error> {
        reads(&head.method)?;
        let parameter = |name| parameters.get(name).unwrap_or_default();
        let token = parameter("token");
        let shared = self.shared(token).await?;
        match route {
            Route::Album => self.describe(token, shared).await,
            Route::Zip => self.albums.zip(shared.1, shared.0).await,
            Route::Original => self.original(shared, segment(parameter("key"))?, &head.headers).await,
            Route::Thumbnail => {
                self.thumbnail(shared, segment(parameter("key"))?, parameter("size"), &head.headers).await
            }
        }
    }
}
