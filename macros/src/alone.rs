//! One macro at a time, and text as tokens without the compiler.
//!
//! The compiler gives tokens that are made of text no places. The fallback of `proc-macro2` does (`force` is public, though not in its
//! documentation), but whether it is in use is one
//! switch for all threads, and tokens of both kinds do not mix: so the macros of this crate take turns.

use std::sync::{Mutex, MutexGuard, Once, PoisonError};

use aludel_core::guarded::{HEAP_LIMIT, limit_heap};

static TURN: Mutex<()> = Mutex::new(());

/// SQLite serves nothing else in the compiler, so its memory can be limited for the whole process.
static LIMIT: Once = Once::new();

/// Waits until no other macro of this crate runs.
pub(crate) fn turn() -> MutexGuard<'static, ()> {
    // Without the limit, a script that needs too much memory is stopped by the system.
    LIMIT.call_once(|| drop(limit_heap(HEAP_LIMIT)));
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Does work on tokens that are made of text, with their places. Nothing of it may hold tokens afterwards.
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
