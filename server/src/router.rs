//! Routes requests to handlers.
//!
//! A router is created from [`Photos`], which requires a database at the head, so no handler can
//! run earlier.

use hyper::header::{EXPECT, HOST, HeaderMap};
use hyper::{Method, StatusCode, Version};
use serde_json::json;

use crate::answer::{self, Answer};
use crate::body::Upload;
use crate::error::Error;
use crate::photos::name::PhotoName;
use crate::photos::{Address, Conditions, Photos};

/// The name in `/api/photos/upload`, which accepts forms. A photo may have this name, too.
const FORMS: &str = "upload";

/// The routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    Root,
    List,
    File,
    Data,
    Original,
}

/// The head of a request.
#[derive(Debug)]
pub(crate) struct Head {
    /// The HTTP version.
    pub(crate) version: Version,
    /// The method.
    pub(crate) method: Method,
    /// The percent-encoded path.
    pub(crate) path: String,
    /// The text after the question mark.
    pub(crate) query: Option<String>,
    /// The headers.
    pub(crate) headers: HeaderMap,
}

impl Head {
    /// Rule: since HTTP/1.1 a request has exactly one Host header
    /// (<https://www.rfc-editor.org/rfc/rfc9112#section-3.2>).
    pub(crate) fn is_for_one_host(&self) -> bool {
        let hosts = self.headers.get_all(HOST).iter().count();
        hosts == 1 || (hosts == 0 && self.version < Version::HTTP_11)
    }

    /// Returns `true` if the client waits for `100 Continue` before it sends a body.
    pub(crate) fn expects_continue(&self) -> bool {
        self.headers.get(EXPECT).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
    }
}

/// Maps requests to handlers.
#[derive(Debug)]
pub(crate) struct Router {
    routes: matchit::Router<Route>,
    photos: Photos,
}

impl Router {
    /// Creates a router to the handlers of these photos.
    pub(crate) fn new(photos: Photos) -> Result<Self, matchit::InsertError> {
        let mut routes = matchit::Router::new();
        for (path, route) in [
            ("/", Route::Root),
            ("/api/photos", Route::List),
            ("/api/photos/", Route::List),
            ("/api/photos/{key}", Route::File),
            ("/api/photos/{key}/", Route::Data),
            ("/api/photos/{key}/original", Route::Original),
        ] {
            routes.insert(path, route)?;
        }
        Ok(Self { routes, photos })
    }

    /// Returns the photos.
    pub(crate) fn photos(&self) -> &Photos {
        &self.photos
    }

    /// Handles a request.
    pub(crate) async fn answer(&self, head: &Head, body: Upload) -> Result<Answer, Error> {
        let found = self.routes.at(&head.path).map_err(|_| Error::NoRoute)?;
        let key = found.params.get("key");
        match *found.value {
            Route::Root => {
                reads(&head.method, "GET, HEAD")?;
                answer::json(
                    StatusCode::OK,
                    &json!({ "message": "PhotoSafe Gallery API", "version": env!("CARGO_PKG_VERSION") }),
                )
            }
            Route::List => {
                reads(&head.method, "GET, HEAD")?;
                self.photos.list(head.query.as_deref()).await
            }
            Route::File => self.file(head, key.unwrap_or_default(), body).await,
            Route::Data => self.data(head, key.unwrap_or_default()).await,
            Route::Original => {
                reads(&head.method, "GET, HEAD")?;
                let address = Address::Id(name(key.unwrap_or_default())?);
                self.photos.original(address, &head.headers).await
            }
        }
    }

    /// Handles `/api/photos/{key}`: the file itself.
    async fn file(&self, head: &Head, key: &str, body: Upload) -> Result<Answer, Error> {
        match head.method {
            Method::GET | Method::HEAD => {
                let address = Address::Any(name(key)?);
                self.photos.original(address, &head.headers).await
            }
            Method::PUT => {
                self.photos.put(PhotoName::from_path(key)?, Conditions::of(&head.headers), body).await
            }
            Method::DELETE => self.photos.delete(name(key)?, Conditions::of(&head.headers)).await,
            Method::POST if key == FORMS => self.photos.post(&head.headers, body).await,
            _ if key == FORMS => Err(Error::Method { allow: "GET, HEAD, PUT, POST, DELETE" }),
            _ => Err(Error::Method { allow: "GET, HEAD, PUT, DELETE" }),
        }
    }

    /// Handles `/api/photos/{key}/`: the data of a photo.
    async fn data(&self, head: &Head, key: &str) -> Result<Answer, Error> {
        match head.method {
            Method::GET | Method::HEAD => self.photos.describe(name(key)?).await,
            Method::DELETE => self.photos.delete(name(key)?, Conditions::of(&head.headers)).await,
            _ => Err(Error::Method { allow: "GET, HEAD, DELETE" }),
        }
    }
}

/// Returns an error unless the method only reads.
fn reads(method: &Method, allow: &'static str) -> Result<(), Error> {
    match *method {
        Method::GET | Method::HEAD => Ok(()),
        _ => Err(Error::Method { allow }),
    }
}

/// Decodes a key, which is an id or a name. Every id is also a valid name.
fn name(key: &str) -> Result<String, Error> {
    Ok(PhotoName::from_path(key)?.as_str().to_owned())
}
