//! A time limit for a proof. It is a last resort for work that the deterministic limits do not
//! stop, such as a single long call of a C function.
//!
//! The caller passes in the duration. When it expires, the running statement is interrupted. If
//! SQLite does not stop because it is inside a single function call, the work is abandoned on its
//! thread and the caller continues.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread::Builder;
use std::time::Duration;

use aludel_core::guarded;
use aludel_core::problem::{Place, Problem};

/// The time that SQLite has to stop after it is interrupted.
const GRACE: Duration = Duration::from_secs(2);

/// The stack size of the thread in bytes, which exceeds that of a main thread. Untouched pages cost
/// nothing.
const STACK: usize = 64 << 20;

/// Returns the time limit for a proof of `scripts` scripts. The default is 60 seconds plus a tenth
/// of a second per script. The caller passes in the value of `ALUDEL_PROOF_SECONDS`, which
/// overrides the default.
fn time_limit(scripts: usize, seconds: Option<&str>) -> Duration {
    let seconds = seconds.and_then(|seconds| seconds.trim().parse().ok());
    seconds.map_or_else(|| guarded::time_limit(scripts), Duration::from_secs)
}

/// The environment variable that sets the time limit of a proof in seconds.
pub const TIME_VARIABLE: &str = "ALUDEL_PROOF_SECONDS";

/// Stops a proof from another thread, and records the statement that is running.
#[derive(Debug, Default)]
pub struct Watch {
    expired: AtomicBool,
    running: Mutex<Option<Place>>,
}

/// The error for work that did not stop at its time limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimedOut {
    /// The limit.
    pub limit: Duration,
    /// The statement that was running, if it is known.
    pub running: Option<Place>,
}

impl Watch {
    /// Returns `true` if the time limit was reached.
    pub fn is_expired(&self) -> bool {
        self.expired.load(Ordering::Relaxed)
    }

    pub(super) fn runs(&self, place: Place) {
        if let Ok(mut running) = self.running.lock() {
            *running = Some(place);
        }
    }

    fn expire(&self) {
        self.expired.store(true, Ordering::Relaxed);
    }

    fn running(&self) -> Option<Place> {
        self.running.lock().ok().and_then(|running| running.clone())
    }
}

/// Runs work within the time limit for a proof of this many scripts. The caller passes in the text
/// of [`TIME_VARIABLE`].
///
/// # Errors
///
/// Returns [`TimedOut`] as a problem if the work did not stop at the time limit.
pub fn within_time_limit<T: Send + 'static>(
    scripts: usize,
    seconds: Option<&str>,
    work: impl FnOnce(Arc<Watch>) -> T + Send + 'static,
) -> Result<T, Vec<Problem>> {
    within(time_limit(scripts, seconds), work).map_err(|timed_out| vec![timed_out.into()])
}

/// Runs work on a separate thread, and waits for it up to a time limit. The work receives the
/// watch, which it should put into [`super::Options`].
///
/// # Errors
///
/// Returns [`TimedOut`] if the work takes too long and does not stop when it is interrupted.
///
/// # Panics
///
/// Panics if the work panics.
pub fn within<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce(Arc<Watch>) -> T + Send + 'static,
) -> Result<T, TimedOut> {
    let watch = Arc::new(Watch::default());
    let (sender, receiver) = channel();
    let watched = Arc::clone(&watch);
    let thread = Builder::new().stack_size(STACK).spawn(move || {
        // Sending fails only if nobody is waiting anymore.
        let _ = sender.send(work(watched));
    });
    let Ok(thread) = thread else {
        return Err(TimedOut { limit, running: None });
    };
    let waited = receiver.recv_timeout(limit).or_else(|error| match error {
        RecvTimeoutError::Timeout => {
            watch.expire();
            receiver.recv_timeout(GRACE)
        }
        RecvTimeoutError::Disconnected => Err(error),
    });
    match waited {
        Ok(value) => Ok(value),
        Err(RecvTimeoutError::Timeout) => Err(TimedOut { limit, running: watch.running() }),
        Err(RecvTimeoutError::Disconnected) => match thread.join() {
            Err(panic) => resume_unwind(panic),
            Ok(()) => Err(TimedOut { limit, running: watch.running() }),
        },
    }
}
