//! Routes requests to handlers.
//!
//! A router is created from [`Photos`], which requires a database at the head, so no handler can
//! run earlier.

use std::sync::{Arc, OnceLock};

use hyper::header::{CONTENT_TYPE, EXPECT, HOST, HeaderMap, HeaderValue, VARY};
use hyper::{Method, Response, StatusCode, Version};
use serde_json::json;

use crate::admin::{self, Admin};
use crate::albums::{self, Albums};
use crate::answer::{self, Answer};
use crate::body::Upload;
use crate::concurrency::Source;
use crate::error::Error;
use crate::library::{self, Library};
use crate::origin::{Hosts, is_cross_site};
use crate::page::{self, Page};
use crate::people::{self, People};
use crate::photos::{self, Photos};
use crate::shares::{self, Shares};

/// The description of the API (<https://spec.openapis.org/oas/v3.1.0>).
const OPEN_API: &str = include_str!("../openapi.json");

/// The routes, by resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    Root,
    OpenApi,
    Photos(photos::Route),
    Trash(photos::TrashRoute),
    Library(library::Route),
    Albums(albums::Route),
    Shares(shares::Route),
    People(people::Route),
    Admin(admin::Route),
    Page(page::Route),
}

/// The values of the variable segments of a path, by name.
pub(crate) type Parameters<'a> = matchit::Params<'a, 'a>;

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
    /// The template of the route, for the log and the metrics.
    pub(crate) route: Arc<OnceLock<&'static str>>,
}

impl Head {
    /// Records the route of the request.
    pub(crate) fn routed(&self, template: &'static str) {
        tracing::Span::current().record("route", *self.route.get_or_init(|| template));
    }

    /// Returns `true` if the request has exactly one `Host` header. Before HTTP/1.1, it is optional
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

/// The routes by path, each with its template for the log and the metrics.
type Routes = matchit::Router<(&'static str, Route)>;

/// Maps requests to handlers.
#[derive(Debug)]
pub(crate) struct Router {
    routes: Routes,
    photos: Photos,
    library: Library,
    albums: Albums,
    shares: Shares,
    people: People,
    admin: Admin,
    page: Page,
    hosts: Hosts,
}

impl Router {
    /// Creates a router for these handlers.
    pub(crate) fn new(
        photos: Photos,
        people: People,
        admin: Admin,
        hosts: Hosts,
    ) -> Result<Self, matchit::InsertError> {
        let mut routes = Routes::new();
        add(&mut routes, &[("/", Route::Root), ("/api/openapi.json", Route::OpenApi)], |route| route)?;
        add(&mut routes, photos::ROUTES, Route::Photos)?;
        add(&mut routes, photos::TRASH_ROUTES, Route::Trash)?;
        add(&mut routes, library::ROUTES, Route::Library)?;
        add(&mut routes, albums::ROUTES, Route::Albums)?;
        add(&mut routes, shares::ROUTES, Route::Shares)?;
        add(&mut routes, people::ROUTES, Route::People)?;
        add(&mut routes, admin::ROUTES, Route::Admin)?;
        add(&mut routes, page::ROUTES, Route::Page)?;
        let (library, albums) = (Library::new(photos.store().clone()), Albums::new(photos.clone()));
        let shares = Shares::new(photos.clone(), albums.clone());
        Ok(Self { routes, photos, library, albums, shares, people, admin, page: Page::new(), hosts })
    }

    /// Returns the photos.
    pub(crate) fn photos(&self) -> &Photos {
        &self.photos
    }

    /// Handles a request. Everything requires an account, except the page, shared albums, the API
    /// description, and the requests that register or log in.
    pub(crate) async fn answer(&self, head: &Head, body: Upload, source: Source) -> Result<Answer, Error> {
        if !self.hosts.serve(&head.headers) {
            return Err(Error::HostNotServed);
        }
        if is_cross_site(&head.method, &head.headers) {
            return Err(Error::CrossSite);
        }
        let Ok(found) = self.routes.at(&head.path) else { return self.nowhere(head) };
        let (template, route) = *found.value;
        head.routed(template);
        match route {
            Route::Root => self.root(head),
            Route::OpenApi => {
                reads(&head.method)?;
                let mut answer = Response::new(answer::bytes(OPEN_API));
                answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
                Ok(answer)
            }
            Route::Shares(route) => self.shares.answer(route, &found.params, head).await,
            Route::Library(route) => {
                let actor = self.people.actor(&head.headers).await?;
                self.library.answer(route, head, actor).await
            }
            Route::Albums(route) => {
                let actor = self.people.actor(&head.headers).await?;
                self.albums.answer(route, &found.params, head, body, actor).await
            }
            Route::Trash(route) => {
                let actor = self.people.actor(&head.headers).await?;
                self.photos.answer_trash(route, &found.params, head, actor).await
            }
            Route::Photos(route) => {
                let caller = self.people.caller(&head.headers)?;
                self.photos.answer(route, &found.params, head, body, caller).await
            }
            Route::People(route) => {
                let key = found.params.get("key").unwrap_or_default();
                self.people.answer((route, key), head, body, source).await
            }
            Route::Admin(route) => {
                let owner = self.people.owner(&head.headers).await?;
                self.admin.answer(route, head, owner).await
            }
            Route::Page(route) => self.page.answer(route, &found.params, head),
        }
    }

    /// Returns a 404 response: the page for browsers, and an error for other clients.
    fn nowhere(&self, head: &Head) -> Result<Answer, Error> {
        let is_for_a_program = head.path.starts_with("/api/") || !page::is_for_a_browser(&head.headers);
        if is_for_a_program || reads(&head.method).is_err() {
            return Err(Error::NoRoute);
        }
        let mut answer = self.page.document(&HeaderMap::new());
        *answer.status_mut() = StatusCode::NOT_FOUND;
        Ok(answer)
    }

    /// Returns the page to browsers, and a description of the server to programs.
    fn root(&self, head: &Head) -> Result<Answer, Error> {
        reads(&head.method)?;
        let mut answer = if page::is_for_a_browser(&head.headers) {
            self.page.document(&head.headers)
        } else {
            let about = json!({ "message": "PhotoSafe Gallery API", "version": env!("CARGO_PKG_VERSION") });
            answer::json(StatusCode::OK, &about)?
        };
        answer.headers_mut().insert(VARY, HeaderValue::from_static("accept"));
        Ok(answer)
    }
}

/// Adds the routes of a resource.
fn add<R: Copy>(
    routes: &mut Routes,
    of_resource: &[(&'static str, R)],
    route: fn(R) -> Route,
) -> Result<(), matchit::InsertError> {
    of_resource.iter().try_for_each(|(path, own)| routes.insert(*path, (path, route(*own))))
}

/// Returns an error if the method may change something.
pub(crate) fn reads(method: &Method) -> Result<(), Error> {
    match *method {
        Method::GET | Method::HEAD => Ok(()),
        _ => Err(Error::Method { allow: "GET, HEAD" }),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_description_has_every_route() -> Result<(), serde_json::Error> {
        let document: serde_json::Value = serde_json::from_str(OPEN_API)?;
        let described: BTreeSet<&str> = document
            .get("paths")
            .and_then(|paths| paths.as_object())
            .into_iter()
            .flatten()
            .map(|(path, _)| path.as_str())
            .collect();
        let mut routed = BTreeSet::from(["/api/openapi.json"]);
        routed.extend(photos::ROUTES.iter().map(|(path, _)| *path));
        routed.extend(photos::TRASH_ROUTES.iter().map(|(path, _)| *path));
        routed.extend(library::ROUTES.iter().map(|(path, _)| *path));
        routed.extend(albums::ROUTES.iter().map(|(path, _)| *path));
        routed.extend(shares::ROUTES.iter().map(|(path, _)| *path));
        routed.extend(people::ROUTES.iter().map(|(path, _)| *path));
        routed.extend(admin::ROUTES.iter().map(|(path, _)| *path));
        let methods_below_a_name =
            BTreeSet::from(["/api/photos/upload", "/api/photos/bulk", "/api/photos/zip"]);
        let described: BTreeSet<&str> = described.difference(&methods_below_a_name).copied().collect();
        assert_eq!(described, routed);
        Ok(())
    }
}
