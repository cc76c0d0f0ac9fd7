//! HTTP responses: bodies, JSON, errors, and the headers that every response has.

use std::convert::Infallible;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, HeaderValue, X_CONTENT_TYPE_OPTIONS};
use hyper::{Response, StatusCode};
use serde::Serialize;
use serde_json::json;

use crate::error::Error;

/// Prevents other sites from embedding a response
/// (<https://fetch.spec.whatwg.org/#cross-origin-resource-policy-header>).
const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// A response body: bytes in memory or a file.
pub(crate) type AnswerBody = UnsyncBoxBody<Bytes, io::Error>;

/// A response.
pub(crate) type Answer = Response<AnswerBody>;

/// Creates a body from bytes in memory.
pub(crate) fn bytes(bytes: impl Into<Bytes>) -> AnswerBody {
    Full::new(bytes.into()).map_err(|never: Infallible| match never {}).boxed_unsync()
}

/// Creates a response with a JSON body.
pub(crate) fn json(status: StatusCode, value: &impl Serialize) -> Result<Answer, Error> {
    let mut answer = Response::new(bytes(serde_json::to_vec(value)?));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    Ok(answer)
}

/// Creates the response for a failed request.
pub(crate) fn error(error: &Error) -> Answer {
    let body = json!({ "detail": error.detail() }).to_string();
    let mut answer = Response::new(bytes(body));
    *answer.status_mut() = error.status();
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    error.write_headers(headers);
    answer
}

/// Keeps a value alive until a response is sent or its client disconnects.
pub(crate) fn until_sent(answer: Answer, kept: impl Send + Unpin + 'static) -> Answer {
    answer.map(|body| Keeping { body, _kept: kept }.boxed_unsync())
}

/// A body that keeps a value alive for its own lifetime.
struct Keeping<T> {
    body: AnswerBody,
    _kept: T,
}

impl<T: Unpin> Body for Keeping<T> {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        Pin::new(&mut self.get_mut().body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// Sets a header. Does nothing if the text is not a valid header value.
pub(crate) fn set(answer: &mut Answer, name: HeaderName, text: String) {
    if let Ok(value) = HeaderValue::try_from(text) {
        answer.headers_mut().insert(name, value);
    }
}

/// Adds the headers that every response has. Browsers must not guess types, run scripts or embed
/// anything. The page has its own policy.
pub(crate) fn harden(answer: &mut Answer) {
    let headers = answer.headers_mut();
    headers.insert(CROSS_ORIGIN_RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.entry(CONTENT_SECURITY_POLICY).or_insert(HeaderValue::from_static("default-src 'none'; sandbox"));
}
