//! The routes below `/api/albums` and `/api/shares`.

use hyper::{Method, StatusCode};

use crate::actor::Actor;
use crate::answer::Answer;
use crate::body::Upload;
use crate::error::Error;
use crate::photos::segment;
use crate::router::{Head, Parameters, reads};

use super::Albums;

/// The routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    List,
    Album,
    Zip,
    Shares,
    Share,
}

/// The paths of the routes.
pub(crate) const ROUTES: &[(&str, Route)] = &[
    ("/api/albums", Route::List),
    ("/api/albums/", Route::List),
    ("/api/albums/{key}", Route::Album),
    ("/api/albums/{key}/", Route::Album),
    ("/api/albums/{key}/zip", Route::Zip),
    ("/api/albums/{key}/shares", Route::Shares),
    ("/api/shares/{key}", Route::Share),
];

impl Albums {
    /// Handles a user's request.
    pub(crate) async fn answer(
        &self,
        route: Route,
        parameters: &Parameters<'_>,
        head: &Head,
        body: Upload,
        actor: Actor,
    ) -> Result<Answer, Error> {
        // A list has no key.
        let key = parameters.get("key").map_or_else(|| Ok(String::new()), segment)?;
        match (route, &head.method) {
            (Route::List, &Method::GET | &Method::HEAD) => self.list(actor).await,
            (Route::List, &Method::POST) => self.create(actor, body).await,
            (Route::Album, &Method::GET | &Method::HEAD) => self.describe(actor, key, StatusCode::OK).await,
            (Route::Album, &Method::PUT) => self.put(actor, key, body).await,
            (Route::Album, &Method::PATCH) => self.patch(actor, key, body).await,
            (Route::Album, &Method::DELETE) => self.delete(actor, key).await,
            (Route::Album, _) => Err(Error::Method { allow: "GET, HEAD, PUT, PATCH, DELETE" }),
            (Route::Zip, method) => {
                reads(method)?;
                self.zip(actor, key).await
            }
            (Route::Shares, &Method::GET | &Method::HEAD) => self.shares(actor, key).await,
            (Route::Shares, &Method::POST) => self.share(actor, key, body).await,
            (Route::List | Route::Shares, _) => Err(Error::Method { allow: "GET, HEAD, POST" }),
            (Route::Share, &Method::DELETE) => self.delete_share(actor, &key).await,
            (Route::Share, _) => Err(Error::Method { allow: "DELETE" }),
        }
    }
}
