//! Random secrets, and how requests contain them.

use hyper::header::{AUTHORIZATION, COOKIE, HeaderMap};
use sha2::{Digest, Sha256};

use crate::hexadecimal::hexadecimal;

/// The prefix of a token, which makes tokens recognizable in logs and files.
const PREFIX: &str = "ps_";

/// The name of the cookie. Browsers accept the longer name only from the host itself, over TLS
/// (<https://datatracker.ietf.org/doc/html/draft-ietf-httpbis-rfc6265bis#name-the-__host-prefix>).
const COOKIE_NAME: &str = "session";
const SECURE_COOKIE_NAME: &str = "__Host-session";

/// Creates a secret of 256 random bits.
pub(crate) fn token() -> Result<String, getrandom::Error> {
    Ok(format!("{PREFIX}{}", random::<32>()?))
}

/// Creates the one-time code for the first account: 80 random bits, in groups that are easy to
/// type.
pub(super) fn code() -> Result<String, getrandom::Error> {
    let digits = random::<10>()?;
    let groups: Vec<_> = digits.as_bytes().chunks(5).map(String::from_utf8_lossy).collect();
    Ok(groups.join("-"))
}

/// Returns the hash of a secret as stored in the database.
pub(crate) fn hash(secret: &str) -> String {
    hexadecimal(&Sha256::digest(secret))
}

/// Returns the secret in a request: a bearer token, or otherwise the session cookie. Returns `None`
/// if there is neither.
pub(super) fn of(headers: &HeaderMap, is_secure: bool) -> Option<&str> {
    if let Some(value) = headers.get(AUTHORIZATION) {
        let (scheme, secret) = value.to_str().ok()?.split_once(' ')?;
        return scheme.eq_ignore_ascii_case("bearer").then_some(secret.trim());
    }
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(name, value)| (name == cookie_name(is_secure)).then_some(value))
}

/// Returns the value of a `Set-Cookie` header. `None` for the secret makes the browser forget the
/// session.
pub(super) fn cookie(secret: Option<&str>, seconds: i64, is_secure: bool) -> String {
    let (name, secure) = (cookie_name(is_secure), if is_secure { "; Secure" } else { "" });
    let (value, age) = secret.map_or(("", 0), |secret| (secret, seconds));
    format!("{name}={value}; Path=/; Max-Age={age}; HttpOnly; SameSite=Strict{secure}")
}

fn cookie_name(is_secure: bool) -> &'static str {
    if is_secure { SECURE_COOKIE_NAME } else { COOKIE_NAME }
}

fn random<const LENGTH: usize>() -> Result<String, getrandom::Error> {
    let mut bytes = [0; LENGTH];
    getrandom::fill(&mut bytes)?;
    Ok(hexadecimal(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::header::HeaderValue;

    #[test]
    fn a_secret_comes_from_the_header_or_the_cookie() {
        let found = |name, value| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            of(&headers, false).map(str::to_owned)
        };
        assert_eq!(found(AUTHORIZATION, "Bearer ps_1").as_deref(), Some("ps_1"));
        assert_eq!(found(AUTHORIZATION, "bearer ps_1").as_deref(), Some("ps_1"));
        assert_eq!(found(AUTHORIZATION, "Basic ps_1"), None);
        assert_eq!(found(COOKIE, "a=b; session=ps_2").as_deref(), Some("ps_2"));
        assert_eq!(found(COOKIE, "notsession=ps_2"), None);
    }

    #[test]
    fn secrets_differ() -> Result<(), getrandom::Error> {
        assert_ne!(token()?, token()?);
        assert_eq!(token()?.len(), PREFIX.len() + 64);
        assert_eq!(code()?.split('-').map(str::len).collect::<Vec<_>>(), [5; 4]);
        Ok(())
    }
}
