//! Conditional requests, which require that certain content does or does not exist at the address
//! (RFC 9110, section 13).

use std::time::SystemTime;

use headers::{ETag, HeaderMapExt, IfMatch, IfModifiedSince, IfNoneMatch, IfUnmodifiedSince};
use hyper::header::HeaderMap;

use crate::error::Error;

/// The validators of the content at an address.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Validators {
    /// The entity tag. Files from before content was hashed have none.
    pub(super) etag: Option<ETag>,
    /// The time when the content was stored.
    pub(super) modified: Option<SystemTime>,
}

/// The conditions of a request.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conditions {
    matches: Option<IfMatch>,
    none_match: Option<IfNoneMatch>,
    unmodified: Option<IfUnmodifiedSince>,
    modified: Option<IfModifiedSince>,
}

impl Conditions {
    /// Parses the conditions from a request's headers.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        Self {
            matches: headers.typed_get(),
            none_match: headers.typed_get(),
            unmodified: headers.typed_get(),
            modified: headers.typed_get(),
        }
    }

    /// Returns `true` if the client requires different content. `If-Match` takes precedence.
    pub(super) fn want_another(&self, found: &Validators) -> bool {
        if let Some(condition) = &self.matches {
            let is_this = |etag| condition.precondition_passes(etag);
            return !condition.is_any() && !found.etag.as_ref().is_some_and(is_this);
        }
        match (self.unmodified, found.modified) {
            (Some(condition), Some(modified)) => !condition.precondition_passes(modified),
            _ => false,
        }
    }

    /// Returns `true` if the client already has this content. `If-None-Match` takes precedence.
    pub(super) fn know(&self, found: &Validators) -> bool {
        if let Some(condition) = &self.none_match {
            return is_excluded(condition, found);
        }
        match (self.modified, found.modified) {
            (Some(condition), Some(modified)) => !condition.is_modified(modified),
            _ => false,
        }
    }

    /// Returns an error unless the conditions allow a change at the address. `None` means that
    /// nothing exists there.
    ///
    /// `If-Modified-Since` is ignored, because it applies only to reads.
    pub(super) fn allow_change(&self, found: Option<&Validators>) -> Result<(), Error> {
        let refused = match found {
            None => self.matches.is_some(),
            Some(found) => {
                let must_differ = self.none_match.as_ref().is_some_and(|condition| {
                    *condition == IfNoneMatch::any() || is_excluded(condition, found)
                });
                self.want_another(found) || must_differ
            }
        };
        if refused { Err(Error::Precondition) } else { Ok(()) }
    }
}

fn is_excluded(condition: &IfNoneMatch, found: &Validators) -> bool {
    found.etag.as_ref().is_some_and(|etag| !condition.precondition_passes(etag))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    use hyper::header::{HeaderName, HeaderValue};

    /// Returns 9 September 2001.
    fn modified() -> Option<SystemTime> {
        SystemTime::UNIX_EPOCH.checked_add(Duration::from_secs(1_000_000_000))
    }

    fn allowed(name: &'static str, value: &'static str, found: Option<&str>) -> bool {
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static(name), HeaderValue::from_static(value));
        let found = found.map(|etag| Validators { etag: etag.parse().ok(), modified: modified() });
        Conditions::of(&headers).allow_change(found.as_ref()).is_ok()
    }

    #[test]
    fn a_change_is_allowed_as_the_conditions_say() {
        for (name, value, on_a, on_untagged, on_nothing) in [
            ("if-none-match", "*", false, false, true),
            ("if-none-match", "\"a\"", false, true, true),
            ("if-none-match", "\"b\", W/\"a\"", false, true, true),
            ("if-none-match", "\"b\"", true, true, true),
            ("if-match", "*", true, true, false),
            ("if-match", "\"a\"", true, false, false),
            ("if-match", "\"b\"", false, false, false),
            ("if-unmodified-since", "Tue, 01 Jan 2002 00:00:00 GMT", true, true, true),
            ("if-unmodified-since", "Mon, 01 Jan 2001 00:00:00 GMT", false, false, true),
            ("if-modified-since", "Mon, 01 Jan 2001 00:00:00 GMT", true, true, true),
        ] {
            let found = ["\"a\"", "none"].map(|etag| allowed(name, value, Some(etag)));
            assert_eq!(found, [on_a, on_untagged], "{name}: {value}");
            assert_eq!(allowed(name, value, None), on_nothing, "{name}: {value}");
        }
    }
}
