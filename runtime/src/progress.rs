//! The progress of a run.

use crate::Step;

/// The progress of a run, reported before each script and once at the end.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct Progress<'a> {
    /// The number of scripts that have run.
    pub done: usize,
    /// The total number of scripts.
    pub total: usize,
    /// The script that runs next, or `None` at the end.
    pub step: Option<Step<'a>>,
}
