//! The page for browsers: HTML, style sheets and scripts that are embedded in the program.
//!
//! The files are served below a path that contains their common hash, so browsers can cache them
//! forever. The document contains that path, and browsers revalidate the document each time. The
//! document is the same for every address in [`ROUTES`], because the scripts decide what an address
//! shows.

mod files;

use std::collections::BTreeMap;

use headers::{ETag, HeaderMapExt, IfNoneMatch};
use hyper::body::Bytes;
use hyper::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
    REFERRER_POLICY,
};
use hyper::{Response, StatusCode};
use sha2::{Digest, Sha256};

use crate::answer::{self, Answer};
use crate::error::Error;
use crate::router::{Head, Parameters, reads};
use crate::uploads::ContentHash;

use files::{DOCUMENT, FILES};

/// The placeholder in the document for the path of the files.
const PLACE: &str = "{{files}}";

/// The `Cache-Control` header of files whose address contains their hash.
const IMMUTABLE: &str = "public, max-age=31536000, immutable";

/// The content security policy. The page may load only files from this server, and photos that it
/// has just read itself.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; \
     form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
);

/// Prevents other windows from accessing the page.
const CROSS_ORIGIN_OPENER_POLICY: HeaderName = HeaderName::from_static("cross-origin-opener-policy");

/// The routes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Route {
    Document,
    File,
}

/// The paths of the routes, except for `/`, which programs request too.
pub(crate) const ROUTES: &[(&str, Route)] = &[
    ("/favorites", Route::Document),
    ("/search", Route::Document),
    ("/albums", Route::Document),
    ("/albums/{key}", Route::Document),
    ("/trash", Route::Document),
    ("/account", Route::Document),
    ("/admin/migrations", Route::Document),
    ("/s/{key}", Route::Document),
    ("/page/{*key}", Route::File),
];

/// A file as it is served.
#[derive(Debug)]
struct Served {
    content_type: &'static str,
    caching: &'static str,
    bytes: Bytes,
}

/// The page.
#[derive(Debug)]
pub(crate) struct Page {
    document: Served,
    /// The files by `<hash>/<name>`.
    files: BTreeMap<String, Served>,
    /// The entity tag of the document.
    tag: Option<ETag>,
}

impl Page {
    /// Creates the page from the embedded files.
    pub(crate) fn new() -> Self {
        let hash = hash();
        let document = DOCUMENT.replace(PLACE, &format!("/page/{hash}")).into();
        let files = FILES.iter().map(|(name, bytes)| {
            let bytes = Bytes::from_static(bytes);
            let file = Served { content_type: content_type(name), caching: IMMUTABLE, bytes };
            (format!("{hash}/{name}"), file)
        });
        Self {
            document: Served { content_type: content_type("html"), caching: "no-cache", bytes: document },
            files: files.collect(),
            tag: format!("\"{hash}\"").parse().ok(),
        }
    }

    /// Handles a request.
    pub(crate) fn answer(
        &self,
        route: Route,
        parameters: &Parameters<'_>,
        head: &Head,
    ) -> Result<Answer, Error> {
        reads(&head.method)?;
        match route {
            Route::Document => Ok(self.document(&head.headers)),
            Route::File => {
                let file = parameters.get("key").and_then(|key| self.files.get(key));
                Ok(self.send(file.ok_or(Error::NoRoute)?, &head.headers))
            }
        }
    }

    /// Returns the document.
    pub(crate) fn document(&self, headers: &HeaderMap) -> Answer {
        let mut answer = self.send(&self.document, headers);
        let sent = answer.headers_mut();
        sent.insert(CONTENT_SECURITY_POLICY, POLICY);
        sent.insert(CROSS_ORIGIN_OPENER_POLICY, HeaderValue::from_static("same-origin"));
        sent.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        answer
    }

    /// Returns a file, or 304 if the client already has it.
    fn send(&self, file: &Served, headers: &HeaderMap) -> Answer {
        let condition: Option<IfNoneMatch> = headers.typed_get();
        let is_known = condition
            .zip(self.tag.as_ref())
            .is_some_and(|(condition, tag)| !condition.precondition_passes(tag));
        let mut answer =
            Response::new(answer::bytes(if is_known { Bytes::new() } else { file.bytes.clone() }));
        if is_known {
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let sent = answer.headers_mut();
        sent.insert(CONTENT_TYPE, HeaderValue::from_static(file.content_type));
        sent.insert(CACHE_CONTROL, HeaderValue::from_static(file.caching));
        if let Some(tag) = &self.tag {
            sent.typed_insert(tag.clone());
        }
        answer
    }
}

/// Returns `true` if a client prefers a page to data. Browsers explicitly accept HTML; other
/// programs do not.
pub(crate) fn is_for_a_browser(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|accepted| accepted.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

/// Returns the common hash of all files.
fn hash() -> String {
    let mut hasher = Sha256::new_with_prefix(DOCUMENT);
    for (name, bytes) in FILES {
        hasher.update(name);
        hasher.update(bytes);
    }
    let mut hash = ContentHash::of(hasher).to_string();
    hash.truncate(16);
    hash
}

fn content_type(name: &str) -> &'static str {
    match name.rsplit('.').next() {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_file_of_the_folder_is_embedded() -> std::io::Result<()> {
        let mut found = vec!["index.html".to_owned()];
        found.extend(FILES.iter().map(|(name, _)| (*name).to_owned()));
        found.sort();
        let mut expected = Vec::new();
        for entry in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("page"))? {
            expected.push(entry?.file_name().to_string_lossy().into_owned());
        }
        expected.sort();
        assert_eq!(found, expected);
        assert!(found.iter().all(|name| content_type(name) != "application/octet-stream"));
        Ok(())
    }
}
