//! Cancels the running statement when a run is interrupted.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use postgres::{CancelToken, NoTls};

use crate::Interrupt;

/// The time between two looks at the flag.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Runs a function, and cancels its statements once the flag is set.
pub(super) fn cancelling<T>(interrupt: &Interrupt, token: &CancelToken, run: impl FnOnce() -> T) -> T {
    let ended = AtomicBool::new(false);
    thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            while !ended.load(Ordering::SeqCst) {
                if interrupt.is_triggered() {
                    // A server that requires TLS rejects this; then the run stops after the statement.
                    drop(token.cancel_query(NoTls));
                }
                thread::park_timeout(BETWEEN_LOOKS);
            }
        });
        // Also if the function panics: the scope waits for the watcher.
        let _end = End { ended: &ended, watcher: watcher.thread() };
        run()
    })
}

/// Ends the watcher.
struct End<'e> {
    ended: &'e AtomicBool,
    watcher: &'e Thread,
}

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::SeqCst);
        self.watcher.unpark();
    }
}
