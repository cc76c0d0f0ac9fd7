//! Which request goes to which handler.
//!
//! A router is made from [`Photos`], and those only from a database at the head: no handler can run before.

use hyper::header::{EXPECT, HOST, HeaderMap};
use hyper::{Method, StatusCode, Version};
use serde_json::json;

use crate::answer::{self, Answer};
use crate::body::Upload;
use crate::error::Error;
use crate::photos::name::PhotoName;
use crate::photos::{Address, Conditions, Photos};

/// The name in `/api/photos/upload`, which takes forms. A photo may have that name, too.
const FORMS: &str = "upload";

/// The places that are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    Root,
    List,
    File,
    Data,
    Original,
}

/// A request, apart from its body.
#[derive(Debug)]
pub(crate) struct Head {
    /// The version of HTTP.
    pub(crate) version: Version,
    /// The method.
    pub(crate) method: Method,
    /// The path, still encoded.
    pub(crate) path: String,
    /// What follows the question mark.
    pub(crate) query: Option<String>,
    /// The headers.
    pub(crate) headers: HeaderMap,
}

impl Head {
    /// Rule: since HTTP/1.1 a request names its host, once (<https://www.rfc-editor.org/rfc/rfc9112#section-3.2>).
    pub(crate) fn is_for_one_host(&self) -> bool {
        let hosts = self.headers.get_all(HOST).iter().count();
        hosts == 1 || (hosts == 0 && self.version < Version::HTTP_11)
    }

    /// Whether the client waits for `100 Continue` before it sends a body.
    pub(crate) fn expects_continue(&self) -> bool {
        self.headers.get(EXPECT).is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"100-continue"))
    }
}

/// The way from a request to its handler.
#[derive(Debug)]
pub(crate) struct Router {
    routes: matchit::Router<Route>,
    photos: Photos,
}

impl Router {
    /// Leads to these photos.
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

    /// The photos that it leads to.
    pub(crate) fn photos(&self) -> &Photos {
        &self.photos
    }

    /// Answers a request.
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

    /// `/api/photos/{key}`: the file itself.
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

    /// `/api/photos/{key}/`: what is known about it.
    async fn data(&self, head: &Head, key: &str) -> Result<Answer, Error> {
        match head.method {
            Method::GET | Method::HEAD => self.photos.describe(name(key)?).await,
            Method::DELETE => self.photos.delete(name(key)?, Conditions::of(&head.headers)).await,
            _ => Err(Error::Method { allow: "GET, HEAD, DELETE" }),
        }
    }
}

/// Lets only reading methods through.
fn reads(method: &Method, allow: &'static str) -> Result<(), Error> {
    match *method {
        Method::GET | Method::HEAD => Ok(()),
        _ => Err(Error::Method { allow }),
    }
}

/// A key is an id or a name; an id is a name, too, as far as its letters go.
fn name(key: &str) -> Result<String, Error> {
    Ok(PhotoName::from_path(key)?.as_str().to_owned())
}
