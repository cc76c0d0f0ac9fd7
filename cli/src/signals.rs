//! What the system sends while a command is at work: SIGINT and SIGTERM.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use aludel::Interrupt;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag::{register, register_conditional_shutdown, register_usize};

/// The signals, and the exit codes that tell of them.
const EXIT_CODES: [(i32, u8); 2] = [(SIGINT, 130), (SIGTERM, 143)];

/// What was sent since somebody listens. The first signal rolls a run back, the second ends the process, and the next one to open the
/// database rolls back; while a person is asked, the process ends at once, even where whoever
/// started it had the signal ignored.
pub(crate) struct Signals {
    flag: Arc<AtomicBool>,
    last: Arc<AtomicUsize>,
    asking: Arc<AtomicBool>,
}

impl Signals {
    pub(crate) fn listen() -> Self {
        let signals = Self { flag: Arc::default(), last: Arc::default(), asking: Arc::default() };
        for (signal, exit_code) in EXIT_CODES {
            // A signal that cannot be caught ends the process; the journal of SQLite then rolls the run back.
            let asking = Arc::clone(&signals.asking);
            let _ = register_conditional_shutdown(signal, exit_code.into(), asking);
            // A second signal ends the process at once: SQLite does not look at the flag inside one long call of a function.
            let _ = register_conditional_shutdown(signal, exit_code.into(), Arc::clone(&signals.flag));
            let _ = register_usize(signal, Arc::clone(&signals.last), exit_code.into());
            let _ = register(signal, Arc::clone(&signals.flag));
        }
        signals
    }

    /// Asks a person something.
    pub(crate) fn while_asking<T>(&self, ask: impl FnOnce() -> T) -> T {
        self.asking.store(true, Ordering::SeqCst);
        let answer = ask();
        self.asking.store(false, Ordering::SeqCst);
        answer
    }

    pub(crate) fn interrupt(&self) -> Interrupt {
        Interrupt::from_flag(Arc::clone(&self.flag))
    }

    /// The exit code that tells of the last signal.
    pub(crate) fn received(&self) -> Option<u8> {
        u8::try_from(self.last.load(Ordering::SeqCst)).ok().filter(|code| *code != 0)
    }
}
