//! The log line and the counters of each request.
//!
//! Each request has an ID, which the client or a proxy sets, or which is generated. Every log line
//! of the request contains it, and the response returns it. The log contains the route template,
//! but neither the path nor the query, because they may contain the names of photos and the secrets
//! of share links.

use std::io;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Instant;

use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Frame, SizeHint};
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, StatusCode};
use tracing::Span;
use tracing::field::Empty;
use uuid::Uuid;

use crate::answer::{Answer, AnswerBody};
use crate::body::Upload;
use crate::metrics::{Answered, Metrics, name_of};
use crate::router::Head;

/// The header that sets the ID in a request, and returns it in the response.
const ID: HeaderName = HeaderName::from_static("x-request-id");

/// The maximum length of an accepted ID.
const LONGEST_ID: usize = 128;

/// A request that is being answered. It is logged and counted when it is dropped, which is at the
/// end of its response or when its client disconnects.
#[derive(Debug)]
pub(crate) struct RequestLog {
    id: HeaderValue,
    span: Span,
    begun: Instant,
    method: Method,
    /// Empty if the path is unknown, or if the request was refused before its route was found.
    route: Arc<OnceLock<&'static str>>,
    status: StatusCode,
    sent: u64,
    body: Upload,
    metrics: Arc<Metrics>,
}

impl RequestLog {
    /// Starts the log of a request.
    pub(crate) fn begin(head: &Head, body: Upload, metrics: Arc<Metrics>) -> Self {
        let id = id_of(&head.headers);
        let name = id.to_str().unwrap_or_default();
        // The highest level, because warnings need the ID whatever the log filter is.
        let span = tracing::error_span!(
            "request",
            id = name,
            method = name_of(&head.method),
            route = Empty,
            user = Empty
        );
        metrics.requests_in_flight.inc();
        Self {
            id,
            span,
            begun: Instant::now(),
            method: head.method.clone(),
            route: Arc::clone(&head.route),
            // nginx's status for a client that disconnected before the response.
            status: StatusCode::from_u16(499).unwrap_or_default(),
            sent: 0,
            body,
            metrics,
        }
    }

    /// Returns the span in which the request is handled.
    pub(crate) fn span(&self) -> Span {
        self.span.clone()
    }

    /// Adds the ID to the response, and waits for its end.
    pub(crate) fn until_sent(mut self, mut answer: Answer) -> Answer {
        self.status = answer.status();
        answer.headers_mut().insert(ID, self.id.clone());
        answer.map(|body| Logged { body, log: self }.boxed_unsync())
    }
}

impl Drop for RequestLog {
    fn drop(&mut self) {
        let elapsed = self.begun.elapsed();
        self.span.in_scope(|| {
            tracing::info!(
                status = self.status.as_u16(),
                bytes = self.sent,
                ms = elapsed.as_secs_f64() * 1000.0,
                "answered"
            );
        });
        self.metrics.requests_in_flight.dec();
        self.metrics.answered(&Answered {
            method: &self.method,
            route: self.route.get().copied().unwrap_or("none"),
            status: self.status,
            elapsed,
            sent: self.sent,
            received: self.body.received(),
        });
    }
}

/// Returns the ID in the headers if it can be logged, or a new one otherwise.
fn id_of(headers: &HeaderMap) -> HeaderValue {
    let is_plain = |id: &&HeaderValue| {
        let id = id.as_bytes();
        !id.is_empty() && id.len() <= LONGEST_ID && id.iter().all(u8::is_ascii_graphic)
    };
    let given = headers.get(ID).filter(is_plain).cloned();
    given.unwrap_or_else(|| {
        let new = Uuid::new_v4().simple().to_string();
        HeaderValue::try_from(new).unwrap_or(HeaderValue::from_static("none"))
    })
}

/// A body that counts its bytes for the log.
struct Logged {
    body: AnswerBody,
    log: RequestLog,
}

impl Body for Logged {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let this = self.get_mut();
        let polled = Pin::new(&mut this.body).poll_frame(context);
        if let Poll::Ready(Some(Ok(frame))) = &polled {
            this.log.sent += frame.data_ref().map_or(0, |data| data.len() as u64);
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_plain_ids_are_taken_from_a_client() {
        let id = |given: &'static [u8]| {
            let mut headers = HeaderMap::new();
            headers.extend(HeaderValue::from_bytes(given).ok().map(|given| (ID, given)));
            id_of(&headers)
        };
        assert_eq!(id(b"3f-a.b:7"), "3f-a.b:7");
        for given in [&b""[..], b"a b", b"\xff", &[b'a'; LONGEST_ID + 1]] {
            assert_eq!(id(given).len(), 32, "{given:?}");
        }
    }
}
