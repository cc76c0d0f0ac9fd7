//! Request bodies that cannot stall, crawl or overflow.
//!
//! hyper gives bodies neither a timeout nor a limit. [`Upload`] fails when no frame comes for a while, when bytes come more slowly than at a
//! minimum rate, when the whole takes too long, and when more bytes come than are allowed. It is a handle: whoever answers can still drain what a handler left unread.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use tokio::time::{Instant, Sleep, sleep, sleep_until, timeout};

use crate::settings::Timeouts;

/// Why a body was not read to its end.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BodyError {
    #[error("nothing came for {0:?}")]
    Idle(Duration),
    #[error("it came more slowly than {rate} bytes per second")]
    Crawling { rate: u64 },
    #[error("it took longer than {0:?}")]
    Slow(Duration),
    #[error("it is larger than {limit} bytes")]
    TooLarge { limit: u64 },
    #[error("it goes on without a part's beginning or end")]
    Leash,
    #[error("the connection failed")]
    Broken(#[source] hyper::Error),
}

/// What is drained before an error is answered, so that a client that is still sending can read the answer.
const DRAINED_BYTES: usize = 16 << 20;
const DRAINED_TIME: Duration = Duration::from_secs(2);

/// A request's body, shared between a handler and the one who answers.
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

/// A wait for the client: its beginning, and the credit it began with.
#[derive(Debug, Clone, Copy)]
struct Waiting {
    began: Instant,
    credit: Duration,
}

/// How much may come between two signs of progress by whoever parses the body.
#[derive(Debug)]
struct Leash {
    length: u64,
    left: u64,
}

impl Upload {
    /// Wraps a body; the clock for the whole starts now.
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

    /// Allows up to `limit` bytes, and refuses at once a body that announces more.
    pub(crate) fn allow(&self, limit: u64) -> Result<(), BodyError> {
        self.with(|paced| {
            paced.limit = limit;
            if paced.body.size_hint().lower() > limit {
                return Err(BodyError::TooLarge { limit });
            }
            Ok(())
        })
    }

    /// Allows no more than `length` bytes from one call of [`Upload::progress`] to the next.
    pub(crate) fn leash(&self, length: u64) {
        self.with(|paced| {
            paced.leash = Some(Leash { length, left: length });
        });
    }

    /// Says that whoever parses the body got something out of it.
    pub(crate) fn progress(&self) {
        self.with(|paced| {
            if let Some(leash) = &mut paced.leash {
                leash.left = leash.length;
            }
        });
    }

    /// Reads the next piece.
    pub(crate) async fn next(&mut self) -> Result<Option<Bytes>, BodyError> {
        while let Some(frame) = self.frame().await {
            if let Ok(data) = frame?.into_data() {
                return Ok(Some(data));
            }
        }
        Ok(None)
    }

    /// Reads on for a moment, whatever it is.
    ///
    /// A client that waits for `100 Continue` has sent nothing, and is better served by an answer: reading would ask it to go on.
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

    /// Starts the clock if it is not running. Only the client's time counts, not what was done with the last frame.
    fn wait(&mut self) -> Waiting {
        if let Some(waiting) = self.waiting {
            return waiting;
        }
        let waiting = Waiting { began: Instant::now(), credit: self.credit };
        self.waiting = Some(waiting);
        self.idle.as_mut().reset(waiting.began + waiting.credit);
        waiting
    }

    /// Tells a client that sent nothing at all from one that sent too little before.
    fn too_late(&self, waiting: Waiting) -> BodyError {
        if waiting.credit < self.timeouts.body_idle {
            BodyError::Crawling { rate: self.timeouts.body_rate }
        } else {
            BodyError::Idle(self.timeouts.body_idle)
        }
    }

    /// Lets the client wait longer for what it has sent, up to the limit between two pieces: so no credit is saved up for a long crawl.
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

/// What is left of a body, without limits of its own.
struct Rest(Upload);

impl Body for Rest {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        self.0.with(|paced| Pin::new(&mut paced.body).poll_frame(context))
    }
}
