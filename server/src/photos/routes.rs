//! The routes below `/api/photos`.

use hyper::Method;

use crate::answer::Answer;
use crate::body::Upload;
use crate::error::Error;
use crate::people::Caller;
use crate::router::{Head, reads};

use super::name::PhotoName;
use super::{Address, Conditions, Photos};

/// The name in `/api/photos/upload`, which accepts forms. A photo may have this name, too.
const FORMS: &str = "upload";

/// The routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    List,
    File,
    Data,
    Original,
}

/// The paths of the routes.
pub(crate) const ROUTES: &[(&str, Route)] = &[
    ("/api/photos", Route::List),
    ("/api/photos/", Route::List),
    ("/api/photos/{key}", Route::File),
    ("/api/photos/{key}/", Route::Data),
    ("/api/photos/{key}/original", Route::Original),
];

impl Photos {
    /// Handles a request of a user.
    pub(crate) async fn answer(
        &self,
        (route, key): (Route, &str),
        head: &Head,
        body: Upload,
        caller: Caller,
    ) -> Result<Answer, Error> {
        match route {
            Route::List => {
                reads(&head.method, "GET, HEAD")?;
                self.list(caller, head.query.as_deref()).await
            }
            Route::File => self.file(head, key, body, caller).await,
            Route::Data => self.data(head, key, caller).await,
            Route::Original => {
                reads(&head.method, "GET, HEAD")?;
                self.original(caller, Address::Id(name(key)?), &head.headers).await
            }
        }
    }

    /// Handles `/api/photos/{key}`: the file itself.
    async fn file(&self, head: &Head, key: &str, body: Upload, caller: Caller) -> Result<Answer, Error> {
        match head.method {
            Method::GET | Method::HEAD => {
                self.original(caller, Address::Any(name(key)?), &head.headers).await
            }
            Method::PUT => {
                self.put(caller, PhotoName::from_path(key)?, Conditions::of(&head.headers), body).await
            }
            Method::DELETE => {
                self.delete(caller.actor().await?, name(key)?, Conditions::of(&head.headers)).await
            }
            Method::POST if key == FORMS => self.post(caller.actor().await?, &head.headers, body).await,
            _ if key == FORMS => Err(Error::Method { allow: "GET, HEAD, PUT, POST, DELETE" }),
            _ => Err(Error::Method { allow: "GET, HEAD, PUT, DELETE" }),
        }
    }

    /// Handles `/api/photos/{key}/`: the data of a photo.
    async fn data(&self, head: &Head, key: &str, caller: Caller) -> Result<Answer, Error> {
        match head.method {
            Method::GET | Method::HEAD => self.describe(caller, name(key)?).await,
            Method::DELETE => {
                self.delete(caller.actor().await?, name(key)?, Conditions::of(&head.headers)).await
            }
            _ => Err(Error::Method { allow: "GET, HEAD, DELETE" }),
        }
    }
}

/// Decodes a key, which is an id or a name. Every id is also a valid name.
fn name(key: &str) -> Result<String, Error> {
    Ok(PhotoName::from_path(key)?.as_str().to_owned())
}
