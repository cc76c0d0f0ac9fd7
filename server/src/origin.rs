//! Checks that protect browsers, based on the requested host and on the site that sends a request.

use std::net::IpAddr;

use hyper::Method;
use hyper::header::{HOST, HeaderMap, HeaderName, ORIGIN};
use hyper::http::uri::Authority;

/// The header in which a browser reports the site that sends a request
/// (<https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header>).
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// The host names that are served.
///
/// A malicious page can point its own host name to this server's address, and then read responses
/// as its own (DNS rebinding). This does not work with an IP address or `localhost`.
#[derive(Debug, Clone)]
pub(crate) struct Hosts {
    allowed: Vec<String>,
}

impl Hosts {
    /// Creates the list. IP addresses and `localhost` are always served.
    pub(crate) fn new(allowed: &[String]) -> Self {
        Self { allowed: allowed.iter().map(|host| host.to_ascii_lowercase()).collect() }
    }

    /// Returns `true` if the requested host is served. A request without a `Host` header is served
    /// too, because no browser sends it.
    pub(crate) fn serve(&self, headers: &HeaderMap) -> bool {
        let Some(host) = headers.get(HOST) else { return true };
        let authority = host.to_str().ok().and_then(|host| host.parse::<Authority>().ok());
        authority.is_some_and(|authority| self.serves(&authority.host().to_ascii_lowercase()))
    }

    fn serves(&self, host: &str) -> bool {
        let address = host.trim_start_matches('[').trim_end_matches(']');
        host == "localhost"
            || host.ends_with(".localhost")
            || address.parse::<IpAddr>().is_ok()
            || self.allowed.iter().any(|allowed| allowed == host)
    }
}

/// Returns `true` if a page of another site sends a request that changes something.
///
/// Programs other than browsers send neither header.
pub(crate) fn is_cross_site(method: &Method, headers: &HeaderMap) -> bool {
    if method.is_safe() {
        return false;
    }
    if let Some(site) = headers.get(SEC_FETCH_SITE) {
        return !matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    let Some(origin) = headers.get(ORIGIN) else { return false };
    let origin = origin.to_str().ok().and_then(|origin| origin.split_once("://")).map(|(_, host)| host);
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    match (origin, host) {
        (Some(origin), Some(host)) => !origin.eq_ignore_ascii_case(host),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    fn headers(pairs: &[(HeaderName, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.clone(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn addresses_localhost_and_allowed_names_are_served() {
        let hosts = Hosts::new(&["Photos.example".to_owned()]);
        for (host, is_served) in [
            ("localhost", true),
            ("LOCALHOST:8000", true),
            ("me.localhost:8000", true),
            ("127.0.0.1:8000", true),
            ("[::1]:8000", true),
            ("photos.example", true),
            ("PHOTOS.EXAMPLE:443", true),
            ("evil.example", false),
            ("evil.photos.example", false),
            ("localhost.evil.example", false),
            ("", false),
            ("a b", false),
        ] {
            assert_eq!(hosts.serve(&headers(&[(HOST, host)])), is_served, "{host}");
        }
        assert!(hosts.serve(&HeaderMap::new()));
    }

    #[test]
    fn changes_from_other_sites_are_detected() {
        for (pairs, is_cross) in [
            (&[][..], false),
            (&[(SEC_FETCH_SITE, "same-origin")], false),
            (&[(SEC_FETCH_SITE, "none")], false),
            (&[(SEC_FETCH_SITE, "same-site")], true),
            (&[(SEC_FETCH_SITE, "cross-site")], true),
            (&[(HOST, "a.example"), (ORIGIN, "https://a.example")], false),
            (&[(HOST, "a.example:1"), (ORIGIN, "http://A.example:1")], false),
            (&[(HOST, "a.example"), (ORIGIN, "https://b.example")], true),
            (&[(HOST, "a.example"), (ORIGIN, "null")], true),
        ] {
            assert_eq!(is_cross_site(&Method::POST, &headers(pairs)), is_cross, "{pairs:?}");
            assert!(!is_cross_site(&Method::GET, &headers(pairs)), "{pairs:?}");
        }
    }
}
