//! Handles SIGINT and SIGTERM while a command runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use aludel::Interrupt;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::{register, register_conditional_shutdown, register_usize};

/// The signals and their exit codes.
const EXIT_CODES: [(i32, u8); 2] = [(SIGINT, 130), (SIGTERM, 143)];

/// Records the signals that were received since `listen`.
///
/// The first signal rolls back the current run, or the next run if no database is open yet. A
/// second signal ends the process. During a prompt, a signal ends the process at once, even if the
/// parent process ignored the signal.
pub(crate) struct Signals {
    flag: Arc<AtomicBool>,
    last: Arc<AtomicUsize>,
    asking: Arc<AtomicBool>,
}

impl Signals {
    pub(crate) fn listen() -> Self {
        let signals = Self { flag: Arc::default(), last: Arc::default(), asking: Arc::default() };
        for (signal, exit_code) in EXIT_CODES {
            // If a handler cannot be registered, the signal ends the process, and SQLite's journal
            // rolls the run back.
            let asking = Arc::clone(&signals.asking);
            let _ = register_conditional_shutdown(signal, exit_code.into(), asking);
            // A second signal ends the process at once, because SQLite does not check the flag
            // during a long function call.
            let _ = register_conditional_shutdown(signal, exit_code.into(), Arc::clone(&signals.flag));
            let _ = register_usize(signal, Arc::clone(&signals.last), exit_code.into());
            let _ = register(signal, Arc::clone(&signals.flag));
        }
        signals
    }

    /// Runs a prompt. During the prompt, a signal ends the process at once.
    pub(crate) fn while_asking<T>(&self, ask: impl FnOnce() -> T) -> T {
        self.asking.store(true, Ordering::SeqCst);
        let answer = ask();
        self.asking.store(false, Ordering::SeqCst);
        answer
    }

    pub(crate) fn interrupt(&self) -> Interrupt {
        Interrupt::from_flag(Arc::clone(&self.flag))
    }

    /// Returns the exit code of the last signal, or `None` if there was none.
    pub(crate) fn received(&self) -> Option<u8> {
        u8::try_from(self.last.load(Ordering::SeqCst)).ok().filter(|code| *code != 0)
    }
}
