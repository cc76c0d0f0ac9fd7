//! What goes back to a client: bodies, JSON, errors, and the headers that every answer has.

use std::convert::Infallible;
use std::io;

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use hyper::{Response, StatusCode};
use serde::Serialize;
use serde_json::json;

use crate::error::Error;

/// The body of an answer: bytes in memory or a file.
pub(crate) type AnswerBody = UnsyncBoxBody<Bytes, io::Error>;

/// An answer.
pub(crate) type Answer = Response<AnswerBody>;

/// Wraps bytes in memory.
pub(crate) fn bytes(bytes: impl Into<Bytes>) -> AnswerBody {
    Full::new(bytes.into()).map_err(|never: Infallible| match never {}).boxed_unsync()
}

/// An answer with a JSON body.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Result<Answer, Error> {
    let mut answer = Response::new(bytes(serde_json::to_vec(value)?));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(answer)
}

/// The answer to a request that is not served.
pub(crate) fn error(error: &Error) -> Answer {
    let body = json!({ "detail": error.detail() }).to_string();
    let mut answer = Response::new(bytes(body));
    *answer.status_mut() = error.status();
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    error.write_headers(headers);
    answer
}

/// Sets a header whose text was made from data; a text that cannot be a header is left out.
pub(crate) fn set(answer: &mut Answer, name: HeaderName, text: String) {
    if let Ok(value) = HeaderValue::try_from(text) {
        answer.headers_mut().insert(name, value);
    }
}

/// Adds what every answer has: nothing here is a page, so no browser may guess a type, run or embed anything.
pub(crate) fn harden(answer: &mut Answer) {
    let headers = answer.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
}
