//! Cancels the running statement when a run is interrupted.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, Thread};
use std::time::Duration;

use postgres::Client;

use super::runner::Runner;

/// The interval at which the flag is checked.
const BETWEEN_LOOKS: Duration = Duration::from_millis(50);

/// Runs a function on a connection, and cancels its statements once the flag is set.
pub(super) fn cancelling<T>(
    runner: &Runner<'_>,
    client: &mut Client,
    run: impl FnOnce(&mut Client) -> T,
) -> T {
    let ended = AtomicBool::new(false);
    let token = client.cancel_token();
    let (interrupt, cancel) = (runner.interrupt.clone(), runner.cancel.clone());
    thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            while !ended.load(Ordering::SeqCst) {
                if interrupt.is_triggered() {
                    cancel(&token);
                }
                thread::park_timeout(BETWEEN_LOOKS);
            }
        });
        // Ends the watcher even if the function panics, because the scope waits for it.
        let _end = End { ended: &ended, watcher: watcher.thread() };
        run(client)
    })
}

/// Ends the watcher thread when it is dropped.
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
