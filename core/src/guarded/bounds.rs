//! Limits the work and memory that scripts may use. These bounds are deterministic. A time limit is
//! only a backstop, which the caller provides.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, AtomicU64, Ordering};
use std::time::Duration;

use rusqlite::limits::Limit;
use rusqlite::{Connection, Result};

use super::stopped::Stopped;

/// The number of steps of SQLite's virtual machine between two checks.
pub(super) const STEPS_BETWEEN_LOOKS: i32 = 1000;

/// The bounds of the scripts on one connection.
#[derive(Clone)]
pub struct Bounds {
    /// The maximum number of steps of one statement.
    pub steps: u64,
    /// The maximum number of steps of all statements together.
    pub budget: Budget,
    /// A callback that returns `true` if the time is up or a stop was requested.
    pub stop: Option<Arc<dyn Fn() -> bool + Send + Sync>>,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { steps: 50_000_000, budget: Budget::default(), stop: None }
    }
}

impl fmt::Debug for Bounds {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Bounds")
            .field("steps", &self.steps)
            .field("budget", &self.budget)
            .finish_non_exhaustive()
    }
}

/// The number of virtual machine steps that are left for a whole chain. Clones share it.
#[derive(Debug, Clone)]
pub struct Budget {
    left: Arc<AtomicU64>,
}

impl Budget {
    /// Creates a budget with a number of steps.
    #[must_use]
    pub fn new(steps: u64) -> Self {
        Self { left: Arc::new(AtomicU64::new(steps)) }
    }

    /// Returns `true` if no steps are left.
    #[must_use]
    pub fn is_spent(&self) -> bool {
        self.left.load(Ordering::Relaxed) == 0
    }

    fn take(&self, steps: u64) -> bool {
        let less = |left: u64| Some(left.saturating_sub(steps));
        self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less).is_ok_and(|left| left > steps)
    }
}

impl Default for Budget {
    fn default() -> Self {
        Self::new(500_000_000)
    }
}

/// Returns the default time limit for the scripts of a chain: a backstop in case the other bounds
/// do not apply.
#[must_use]
pub fn time_limit(scripts: usize) -> Duration {
    Duration::from_secs(60) + Duration::from_millis(100) * u32::try_from(scripts).unwrap_or(u32::MAX)
}

/// The size limits for an in-memory database and its values.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The maximum number of pages of the main database, and of the temporary one.
    pub pages: u32,
    /// The size of a page, in bytes.
    pub page_size: u32,
    /// The longest text or blob, in bytes.
    pub longest_value: i32,
    /// The longest pattern for LIKE and GLOB, in bytes. A comparison takes time proportional to the
    /// length of the pattern times the length of the text.
    pub longest_pattern: i32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { pages: 16_384, page_size: 4096, longest_value: 16 * 1024 * 1024, longest_pattern: 50_000 }
    }
}

impl Limits {
    /// Sets the limits on an empty in-memory database.
    ///
    /// # Errors
    ///
    /// Returns SQLite's error if a limit cannot be set.
    pub fn set(self, connection: &Connection) -> Result<()> {
        let Self { pages, page_size, longest_value, longest_pattern } = self;
        connection.execute_batch(&format!(
            "PRAGMA temp_store = MEMORY; PRAGMA page_size = {page_size}; PRAGMA max_page_count = {pages};
             PRAGMA temp.page_size = {page_size}; PRAGMA temp.max_page_count = {pages};"
        ))?;
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, longest_value)?;
        connection.set_limit(Limit::SQLITE_LIMIT_LIKE_PATTERN_LENGTH, longest_pattern)?;
        Ok(())
    }
}

/// Counts the steps of the running statement.
#[derive(Debug)]
pub(super) struct Counter {
    bounds: Bounds,
    left: AtomicU64,
    /// The maximum number of steps of a statement during a trial. All bits are set if no trial is
    /// running.
    tried: AtomicU64,
    reason: AtomicU8,
}

const NOT_STOPPED: u8 = 0;
const BY_STEPS: u8 = 1;
const BY_BUDGET: u8 = 2;
const BY_TIME: u8 = 3;

impl Counter {
    pub(super) fn new(bounds: Bounds) -> Self {
        Self {
            bounds,
            left: AtomicU64::new(u64::MAX),
            tried: AtomicU64::new(u64::MAX),
            reason: AtomicU8::new(NOT_STOPPED),
        }
    }

    pub(super) fn begin(&self) {
        self.left.store(self.bounds.steps.min(self.tried.load(Ordering::Relaxed)), Ordering::Relaxed);
        self.reason.store(NOT_STOPPED, Ordering::Relaxed);
    }

    pub(super) fn try_with(&self, steps: Option<u64>) {
        self.tried.store(steps.unwrap_or(u64::MAX), Ordering::Relaxed);
    }

    fn is_trying(&self) -> bool {
        self.tried.load(Ordering::Relaxed) != u64::MAX
    }

    pub(super) fn end(&self) {
        self.left.store(u64::MAX, Ordering::Relaxed);
    }

    /// Returns `true` if SQLite must stop. SQLite calls this every [`STEPS_BETWEEN_LOOKS`] steps.
    pub(super) fn must_stop(&self) -> bool {
        let taken = u64::from(STEPS_BETWEEN_LOOKS.unsigned_abs());
        let is_script = self.left.load(Ordering::Relaxed) != u64::MAX;
        let subtract = |left: u64| left.checked_sub(taken);
        let reason = if self.bounds.stop.as_ref().is_some_and(|stop| stop()) {
            BY_TIME
        } else if !is_script {
            return false;
        } else if self.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, subtract).is_err() {
            BY_STEPS
        } else if !self.is_trying() && !self.bounds.budget.take(taken) {
            BY_BUDGET
        } else {
            return false;
        };
        self.reason.store(reason, Ordering::Relaxed);
        true
    }

    /// Returns the reason why no further statement may run, or `None` if it may.
    pub(super) fn is_stopped(&self) -> Option<Stopped> {
        if self.bounds.stop.as_ref().is_some_and(|stop| stop()) {
            Some(Stopped::Time)
        } else if self.bounds.budget.is_spent() {
            Some(Stopped::Budget)
        } else {
            None
        }
    }

    pub(super) fn stopped_by(&self) -> Option<Stopped> {
        match self.reason.load(Ordering::Relaxed) {
            BY_STEPS => Some(Stopped::Steps),
            BY_BUDGET => Some(Stopped::Budget),
            BY_TIME => Some(Stopped::Time),
            _ => None,
        }
    }
}
