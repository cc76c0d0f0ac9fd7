//! The routes below `/api/photos`.

use hyper::Method;

use crate::answer::Answer;
use crate::body::Upload;
use crate::error::Error;
use crate::people::Caller;
use crate::router::{Head, Parameters, reads};

use super::name::PhotoName;
use super::{Address, Conditions, Photos};

/// The names in `/api/photos/{name}` that accept a `POST`. A photo can have such a name, too.
const FORMS: &str = "upload";
const BULK: &str = "bulk";
const ZIP: &str = "zip";

/// The routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    List,
    File,
    Data,
    Original,
    Restore,
    Thumbnail,
}

/// The paths of the routes.
pub(crate) const ROUTES: &[(&str, Route)] = &[
    ("/api/photos", Route::List),
    ("/api/photos/", Route::List),
    ("/api/photos/{key}", Route::File),
    ("/api/photos/{key}/", Route::Data),
    ("/api/photos/{key}/original", Route::Original),
    ("/api/photos/{key}/restore", Route::Restore),
    ("/api/photos/{key}/thumbnail/{size}", Route::Thumbnail),
];

impl Photos {
    /// Handles a user's request.
    pub(crate) async fn answer(
        &self,
        route: Route,
        parameters: &Parameters<'_>,
        head: &Head,
        body: Upload,
        caller: Caller,
    ) -> Result<Answer, Error> {
        let key = parameters.get("key").unwrap_or_default();
        match route {
            Route::List => {
                reads(&head.method)?;
                self.list(caller, head.query.as_deref()).await
            }
            Route::File => self.file(head, key, body, caller).await,
            Route::Data => self.data(head, key, body, caller).await,
            Route::Original => {
                reads(&head.method)?;
                self.original(caller, Address::Id(segment(key)?), head).await
            }
            Route::Restore if head.method == Method::POST => {
                self.restore(caller.actor().await?, segment(key)?).await
            }
            Route::Restore => Err(Error::Method { allow: "POST" }),
            Route::Thumbnail => {
                reads(&head.method)?;
                let size = parameters.get("size").unwrap_or_default();
                self.thumbnail(caller, segment(key)?, size, head).await
            }
        }
    }

    /// Handles `/api/photos/{key}`: the file itself.
    async fn file(&self, head: &Head, key: &str, body: Upload, caller: Caller) -> Result<Answer, Error> {
        match head.method {
            Method::GET | Method::HEAD => self.original(caller, Address::Any(segment(key)?), head).await,
            Method::PUT => {
                self.put(caller, PhotoName::from_path(key)?, Conditions::of(&head.headers), body).await
            }
            Method::DELETE => {
                self.delete(caller.actor().await?, segment(key)?, Conditions::of(&head.headers)).await
            }
            Method::POST if key == FORMS => self.post(caller.actor().await?, &head.headers, body).await,
            Method::POST if key == BULK => self.bulk(caller.actor().await?, body).await,
            Method::POST if key == ZIP => self.zip(caller.actor().await?, body).await,
            _ if [FORMS, BULK, ZIP].contains(&key) => {
                Err(Error::Method { allow: "GET, HEAD, PUT, POST, DELETE" })
            }
            _ => Err(Error::Method { allow: "GET, HEAD, PUT, DELETE" }),
        }
    }

    /// Handles `/api/photos/{key}/`: the data of a photo.
    async fn data(&self, head: &Head, key: &str, body: Upload, caller: Caller) -> Result<Answer, Error> {
        let uuid = segment(key)?;
        match head.method {
            Method::GET | Method::HEAD => self.describe(caller, uuid).await,
            Method::PATCH => self.edit(caller.actor().await?, uuid, body).await,
            Method::DELETE => self.delete(caller.actor().await?, uuid, Conditions::of(&head.headers)).await,
            _ => Err(Error::Method { allow: "GET, HEAD, PATCH, DELETE" }),
        }
    }
}

/// Decodes a key, which is an id or a name. Every id is also a valid name.
pub(crate) fn segment(key: &str) -> Result<String, Error> {
    Ok(PhotoName::from_path(key)?.as_str().to_owned())
}
