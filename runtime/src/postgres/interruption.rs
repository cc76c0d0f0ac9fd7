//! Cancels the running statement when a run is interrupted.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
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
        let value = run();
        ended.store(true, Ordering::SeqCst);
        watcher.thread().unpark();
        value
    })
}
