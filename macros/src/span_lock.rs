//! Runs one macro at a time, and parses text into tokens without the compiler.
//!
//! Tokens that the compiler creates from text have no positions. The fallback of `proc-macro2`
//! provides positions. Its `force` function, which is public but undocumented, enables the fallback
//! for all threads at once. Tokens of the two kinds cannot be mixed, so the macros of this crate
//! take turns.

#[cfg(feature = "sqlite")]
use std::sync::Once;
use std::sync::{Mutex, MutexGuard, PoisonError};

#[cfg(feature = "sqlite")]
use aludel_core::guarded::{HEAP_LIMIT, limit_heap};

static TURN: Mutex<()> = Mutex::new(());

/// The compiler uses SQLite for nothing else, so SQLite's memory can be limited for the whole
/// process.
#[cfg(feature = "sqlite")]
static LIMIT: Once = Once::new();

/// Waits until no other macro of this crate is running.
pub(crate) fn turn() -> MutexGuard<'static, ()> {
    // Without the limit, the system would kill the process when a script needs too much memory.
    #[cfg(feature = "sqlite")]
    LIMIT.call_once(|| drop(limit_heap(HEAP_LIMIT)));
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs work on tokens that are parsed from text and have positions. The result must not contain
/// tokens.
#[cfg(feature = "sqlite")]
pub(crate) fn without_the_compiler<T>(work: impl FnOnce() -> T) -> T {
    struct Back;
    impl Drop for Back {
        fn drop(&mut self) {
            proc_macro2::fallback::unforce();
        }
    }
    proc_macro2::fallback::force();
    let _back = Back;
    work()
}
