//! Flags that SQLite hooks read and set.

use std::sync::atomic::{AtomicBool, Ordering};

/// Returns a new flag, which is not set.
pub(super) fn flag() -> AtomicBool {
    AtomicBool::new(false)
}

pub(super) fn is_set(flag: &AtomicBool) -> bool {
    flag.load(Ordering::Relaxed)
}

pub(super) fn set(flag: &AtomicBool, value: bool) {
    flag.store(value, Ordering::Relaxed);
}
