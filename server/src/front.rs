//! The entry point of every request. Answers health checks, holds back other requests until the
//! database is at the head, and adds the parts that all responses share.

use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::{Arc, OnceLock};
use std::task::Poll;

use headers::{HeaderMapExt, RetryAfter};
use hyper::body::Incoming;
use hyper::{Method, Request, StatusCode};
use serde_json::json;
use tracing::Instrument as _;

use crate::answer::{self, Answer};
use crate::body::Upload;
use crate::concurrency::{ConcurrencyLimit, Load};
use crate::connections::Peer;
use crate::error::Error;
use crate::metrics::Metrics;
use crate::readiness::{Readiness, Stage};
use crate::request_log::RequestLog;
use crate::router::{Head, Router};
use crate::settings::{Limits, Timeouts};
use crate::store::State;

/// Handles requests before the router, which does not exist until the database is at the head.
#[derive(Debug)]
pub(crate) struct Front {
    readiness: Readiness,
    metrics: Arc<Metrics>,
    router: OnceLock<Router>,
    concurrency: ConcurrencyLimit,
    timeouts: Timeouts,
}

impl Front {
    /// Creates a front without a router.
    pub(crate) fn new(readiness: Readiness, metrics: Metrics, limits: Limits, timeouts: Timeouts) -> Self {
        Self {
            readiness,
            metrics: Arc::new(metrics),
            router: OnceLock::new(),
            concurrency: ConcurrencyLimit::new(limits, timeouts.busy),
            timeouts,
        }
    }

    /// Returns the readiness of the program.
    pub(crate) fn readiness(&self) -> &Readiness {
        &self.readiness
    }

    /// Returns the metrics of the program.
    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Returns `true` if `/readyz` answers 200.
    pub(crate) async fn is_ready(&self) -> bool {
        self.ready().await.is_ok_and(|answer| answer.status() == StatusCode::OK)
    }

    /// Passes requests to the router from now on.
    pub(crate) fn open(&self, router: Router) -> &Router {
        let router = self.router.get_or_init(|| router);
        self.readiness.reach(Stage::Ready);
        router
    }

    /// Responds to a request. Every error becomes a response.
    pub(crate) async fn answer(&self, request: Request<Incoming>, peer: &Peer) -> Result<Answer, Infallible> {
        let (parts, body) = request.into_parts();
        let head = Head {
            version: parts.version,
            method: parts.method,
            path: parts.uri.path().to_owned(),
            query: parts.uri.query().map(str::to_owned),
            headers: parts.headers,
            route: Arc::default(),
        };
        let body = Upload::new(body, self.timeouts);
        let log = RequestLog::begin(&head, body.clone(), Arc::clone(&self.metrics));
        let span = log.span();
        let mut answer = self.handle(&head, body, peer).instrument(span).await;
        answer::harden(&mut answer);
        Ok(log.until_sent(answer))
    }

    async fn handle(&self, head: &Head, body: Upload, peer: &Peer) -> Answer {
        let handled = unwound(self.dispatch(head, body.clone(), peer)).await;
        match handled {
            Ok(answer) => answer,
            Err(error) => {
                error.log();
                if error.status() != StatusCode::REQUEST_TIMEOUT {
                    body.drain(head.expects_continue()).await;
                }
                answer::error(&error)
            }
        }
    }

    async fn dispatch(&self, head: &Head, body: Upload, peer: &Peer) -> Result<Answer, Error> {
        if !head.is_for_one_host() {
            return Err(Error::Host);
        }
        match head.path.as_str() {
            "/livez" => {
                head.routed("/livez");
                health(&head.method)?;
                answer::json(StatusCode::OK, &json!({ "status": "alive" }))
            }
            "/readyz" => {
                head.routed("/readyz");
                health(&head.method)?;
                self.ready().await
            }
            _ => {
                let router = self.router.get().ok_or(Error::Starting)?;
                let engaged = peer.engage();
                let permit = self.concurrency.take(peer.source, load(&head.method)).await?;
                let answer = router.answer(head, body, peer.source).await?;
                Ok(answer::until_sent(answer, (permit, engaged)))
            }
        }
    }

    /// Returns the readiness response. The server is ready if it is open and not stopping, and its
    /// database responds and is still at the head.
    async fn ready(&self) -> Result<Answer, Error> {
        let mut stage = self.readiness.stage();
        if let (Stage::Ready, Some(router)) = (&stage, self.router.get()) {
            match router.photos().state().await? {
                State::Served if router.photos().is_full().await? => {
                    return answer::json(StatusCode::OK, &Stage::Full);
                }
                State::Served => return answer::json(StatusCode::OK, &stage),
                State::Moved { revisions } => stage = Stage::Moved { revisions },
                State::Unbound => stage = Stage::Unbound,
            }
        }
        let mut answer = answer::json(StatusCode::SERVICE_UNAVAILABLE, &stage)?;
        answer.headers_mut().typed_insert(RetryAfter::delay(std::time::Duration::from_secs(1)));
        Ok(answer)
    }
}

/// Classifies a request by its method, because only `PUT` and `POST` requests have large bodies.
fn load(method: &Method) -> Load {
    match *method {
        Method::PUT | Method::POST => Load::Upload,
        _ => Load::Light,
    }
}

fn health(method: &Method) -> Result<(), Error> {
    match *method {
        Method::GET | Method::HEAD => Ok(()),
        _ => Err(Error::Method { allow: "GET, HEAD" }),
    }
}

/// Converts a panic in a handler to an error. Otherwise, hyper would drop the connection without a
/// response.
async fn unwound<T>(handler: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    let mut handler = pin!(handler);
    poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| handler.as_mut().poll(context)))
            .unwrap_or(Poll::Ready(Err(Error::Panic)))
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    use std::io::{Read, Write};
    use std::net::{SocketAddr, TcpStream};

    use hyper::server::conn::http1;
    use hyper::service::service_fn;
    use hyper_util::rt::TokioIo;
    use tokio::net::TcpListener;
    use tokio::task::spawn_blocking;

    #[expect(clippy::panic, reason = "the test needs a panic")]
    async fn answer(_: Request<Incoming>) -> Result<Answer, Infallible> {
        let handled = unwound(async {
            tokio::task::yield_now().await;
            panic!("on purpose")
        });
        Ok(handled.await.unwrap_or_else(|error| answer::error(&error)))
    }

    /// Sends two requests on one connection, and returns the first line of each response.
    fn ask_twice(address: SocketAddr) -> std::io::Result<Vec<String>> {
        let mut client = TcpStream::connect(address)?;
        let mut ask = || {
            client.write_all(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
            let mut answer = [0; 1024];
            let length = client.read(&mut answer)?;
            let answer = String::from_utf8_lossy(answer.get(..length).unwrap_or_default());
            Ok::<_, std::io::Error>(answer.lines().next().unwrap_or_default().to_owned())
        };
        Ok(vec![ask()?, ask()?])
    }

    #[tokio::test]
    async fn a_panic_in_a_handler_answers_500_and_keeps_the_connection() -> std::io::Result<()> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let client = spawn_blocking(move || ask_twice(address));
        let (stream, _) = listener.accept().await?;
        tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service_fn(answer)));
        assert_eq!(client.await??, ["HTTP/1.1 500 Internal Server Error"; 2]);
        Ok(())
    }
}
