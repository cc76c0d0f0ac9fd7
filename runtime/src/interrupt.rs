//! The flag that interrupts a run.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A flag that interrupts a run and rolls it back.
///
/// Clones share the flag. Setting it is safe in a signal handler.
#[derive(Debug, Clone, Default)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Creates an interrupt whose flag is not set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Creates an interrupt from a shared flag, for example one that a signal handler sets.
    pub fn from_flag(flag: Arc<AtomicBool>) -> Self {
        Self(flag)
    }

    /// Interrupts every run that uses this flag.
    pub fn trigger(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Returns `true` if the flag is set.
    pub fn is_triggered(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
