//! Request bodies with limits on idle time, rate, duration and size.
//!
//! hyper has neither a timeout nor a limit for bodies. [`Upload`] fails if no frame arrives for a
//! while, if the rate is below the minimum, or if the whole body takes too long or is too large. It
//! is a shared handle, so the body can be drained after a handler stops reading.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep, sleep_until, timeout};

use crate::settings::Timeouts;

/// The reason why reading a body failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("no data arrived for {0:?}")]
    Idle(Duration),
    #[error("the rate was below {rate} bytes per second")]
    Crawling { rate: u64 },
    #[error("it took longer than {0:?}")]
    Slow(Duration),
    #[error("it is larger than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("too many bytes arrived without the beginning or end of a part")]
    Leash,
    #[error("the connection failed")]
    Broken(#[source] hyper::Error),
}

/// The limits for draining a body before an error response. Draining lets a client that is still
/// sending read the response.
const DRAINED_BYTES: usize = 16 << 20;
const DRAINED_TIME: Duration = Duration::from_secs(2);

/// A request body, shared between the handler and the front.
#[derive(Debug, Clone)]
pub(crate) struct Upload(Arc<Mutex<Paced>>);

#[derive(Debug)]
struct Paced {
    body: Incoming,
    limit: u64,
    taken: u64,
    leash: Option<Leash>,
    timeouts: Timeouts,
    idle: Pin<Box<Sleep>>,
    deadline: Pin<Box<Sleep>>,
    asked: bool,
    credit: Duration,
    waiting: Option<Waiting>,
}

/// A wait for the client: its start, and the remaining time at that moment.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    began: Instant,
    credit: Duration,
}

/// The number of bytes that may arrive between two calls of [`Upload::progress`].
#[derive(Debug)]
struct Leash {
    length: u64,
    left: u64,
}

impl Upload {
    /// Wraps a body, and starts the clock for the whole body.
    pub(crate) fn new(body: Incoming, timeouts: Timeouts) -> Self {
        Self(Arc::new(Mutex::new(Paced {
            body,
            limit: 0,
            taken: 0,
            leash: None,
            timeouts,
            idle: Box::pin(sleep(timeouts.body_idle)),
            deadline: Box::pin(sleep_until(Instant::now() + timeouts.body)),
            asked: false,
            credit: timeouts.body_idle,
            waiting: None,
        })))
    }

    /// Allows up to `limit` bytes. Fails immediately if the body announces more.
    pub(crate) fn allow(&self, limit: u64) -> Result<(), BodyError> {
        self.with(|paced| {
            paced.limit = limit;
            if paced.body.size_hint().lower() > limit {
                return Err(BodyError::TooLarge { limit });
            }
            Ok(())
        })
    }

    /// Allows at most `length` bytes between two calls of [`Upload::progress`].
    pub(crate) fn leash(&self, length: u64) {
        self.with(|paced| {
            paced.leash = Some(Leash { length, left: length });
        });
    }

    /// Records that the body's parser made progress.
    pub(crate) fn progress(&self) {
        self.with(|paced| {
            if let Some(leash) = &mut paced.leash {
                leash.left = leash.length;
            }
        });
    }

    /// Returns the number of bytes read.
    pub(crate) fn received(&self) -> u64 {
        self.with(|paced| paced.taken)
    }

    /// Reads the next piece. Returns `None` at the end.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        while let Some(frame) = self.frame().await {
            if let Ok(data) = frame?.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }

    /// Reads a body of at most `limit` bytes.
    pub(crate) async fn read_whole(mut self, limit: u64) -> Result<Vec<u8>, BodyError> {
        self.allow(limit)?;
        let mut whole = Vec::new();
        while let Some(piece) = self.next().await? {
            whole.extend_from_slice(&piece);
        }
        Ok(whole)
    }

    /// Reads and discards data, up to the limits for draining.
    ///
    /// A client that waits for `100 Continue` has sent nothing. It gets the response immediately,
    /// because reading would ask it to send the body.
    pub(crate) async fn drain(&self, expects_continue: bool) {
        let untouched = self.with(|paced| !paced.asked);
        if untouched && expects_continue {
            return;
        }
        let mut rest = Rest(self.clone());
        let drain = async {
            let mut left = DRAINED_BYTES;
            while let Some(Ok(frame)) = rest.frame().await {
                let length = frame.data_ref().map_or(0, Bytes::len);
                let Some(rest) = left.checked_sub(length) else {
                    break;
                };
                left = rest;
            }
        };
        let _ = timeout(DRAINED_TIME, drain).await;
    }

    fn with<T>(&self, work: impl FnOnce(&mut Paced) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Paced {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.asked = true;
        if self.deadline.as_mut().poll(context).is_ready() {
            return Poll::Ready(Some(Err(BodyError::Slow(self.timeouts.body))));
        }
        let Poll::Ready(frame) = Pin::new(&mut self.body).poll_frame(context) else {
            let waiting = self.wait();
            ready!(self.idle.as_mut().poll(context));
            return Poll::Ready(Some(Err(self.too_late(waiting))));
        };
        if let Some(waiting) = self.waiting.take() {
            self.credit = waiting.credit.saturating_sub(waiting.began.elapsed());
        }
        Poll::Ready(frame.map(|frame| self.counted(frame.map_err(BodyError::Broken)?)))
    }

    /// Starts the clock if it is not running. Only the time spent waiting for the client counts,
    /// not the time spent processing the last frame.
    fn wait(&mut self) -> Waiting {
        if let Some(waiting) = self.waiting {
            return waiting;
        }
        let waiting = Waiting { began: Instant::now(), credit: self.credit };
        self.waiting = Some(waiting);
        self.idle.as_mut().reset(waiting.began + waiting.credit);
        waiting
    }

    /// Returns the error for a client that sent nothing or sent too slowly.
    fn too_late(&self, waiting: Waiting) -> BodyError {
        if waiting.credit < self.timeouts.body_idle {
            BodyError::Crawling { rate: self.timeouts.body_rate }
        } else {
            BodyError::Idle(self.timeouts.body_idle)
        }
    }

    /// Extends the wait in proportion to the received bytes, up to the idle limit. The cap prevents
    /// a client from saving credit for a long slow phase.
    fn earn(&mut self, length: u64) {
        let earned = match self.timeouts.body_rate {
            0 => self.timeouts.body_idle,
            rate => Duration::from_micros(length.saturating_mul(1_000_000) / rate),
        };
        self.credit = self.credit.saturating_add(earned).min(self.timeouts.body_idle);
    }

    fn counted(&mut self, frame: Frame<Bytes>) -> Result<Frame<Bytes>, BodyError> {
        let length = frame.data_ref().map_or(0, |data| data.len() as u64);
        self.taken = self.taken.saturating_add(length);
        self.earn(length);
        if self.taken > self.limit {
            return Err(BodyError::TooLarge { limit: self.limit });
        }
        if let Some(leash) = &mut self.leash {
            leash.left = leash.left.checked_sub(length).ok_or(BodyError::Leash)?;
        }
        Ok(frame)
    }
}

impl Body for Upload {
    type Data = Bytes;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BodyError>>> {
        self.with(|paced| paced.poll(context))
    }

    fn is_end_stream(&self) -> bool {
        self.with(|paced| paced.body.is_end_stream())
    }

    fn size_hint(&self) -> SizeHint {
        self.with(|paced| paced.body.size_hint())
    }
}

/// The rest of the body, without further limits.
struct Rest(Upload);

impl Body for Rest {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.0.with(|paced| {
            let polled = Pin::new(&mut paced.body).poll_frame(context);
            if let Poll::Ready(Some(Ok(frame))) = &polled {
                paced.taken += frame.data_ref().map_or(0, |data| data.len() as u64);
            }
            polled
        })
    }
}
