//! Routes requests to handlers.
//!
//! A router is created from [`Photos`], which requires a database at the head, so no handler can
//! run earlier.

use hyper::header::{EXPECT, HOST, HeaderMap};
use hyper::{Method, StatusCode, Version};
use serde_json::json;

use crate::answer::{self, Answer};
use crate::body::Upload;
use crate::concurrency::Source;
use crate::error::Error;
use crate::origin::{Hosts, is_cross_site};
use crate::people::{self, People};
use crate::photos::{self, Photos};

/// The routes, by resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    Root,
    Photos(photos::Route),
    People(people::Route),
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
    people: People,
    hosts: Hosts,
}

impl Router {
    /// Creates a router to these handlers.
    pub(crate) fn new(photos: Photos, people: People, hosts: Hosts) -> Result<Self, matchit::InsertError> {
        let mut routes = matchit::Router::new();
        routes.insert("/", Route::Root)?;
        for (path, route) in photos::ROUTES {
            routes.insert(*path, Route::Photos(*route))?;
        }
        for (path, route) in people::ROUTES {
            routes.insert(*path, Route::People(*route))?;
        }
        Ok(Self { routes, photos, people, hosts })
    }

    /// Returns the photos.
    pub(crate) fn photos(&self) -> &Photos {
        &self.photos
    }

    /// Handles a request. Everything but the root and the ways to log in needs an account.
    pub(crate) async fn answer(&self, head: &Head, body: Upload, source: Source) -> Result<Answer, Error> {
        if !self.hosts.serve(&head.headers) {
            return Err(Error::HostNotServed);
        }
        if is_cross_site(&head.method, &head.headers) {
            return Err(Error::CrossSite);
        }
        let found = self.routes.at(&head.path).map_err(|_| Error::NoRoute)?;
        let key = found.params.get("key").unwrap_or_default();
        match *found.value {
            Route::Root => {
                reads(&head.method, "GET, HEAD")?;
                answer::json(
                    StatusCode::OK,
                    &json!({ "message": "PhotoSafe Gallery API", "version": env!("CARGO_PKG_VERSION") }),
                )
            }
            Route::Photos(route) => {
                let caller = self.people.caller(&head.headers)?;
                self.photos.answer((route, key), head, body, caller).await
            }
            Route::People(route) => self.people.answer((route, key), head, body, source).await,
        }
    }
}

/// Returns an error unless the method only reads.
pub(crate) fn reads(method: &Method, allow: &'static str) -> Result<(), Error> {
    match *method {
        Method::GET | Method::HEAD => Ok(()),
        _ => Err(Error::Method { allow }),
    }
}
