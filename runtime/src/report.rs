//! What a run did, as data.

use std::fmt;
use std::time::Duration;

use aludel_core::plan::Direction;

use crate::Violation;

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The scripts that ran, in order.
    pub ran: Vec<Ran>,
    /// The version rows afterwards, sorted.
    pub current: Vec<String>,
    /// Foreign key violations that were there before the run, and still are. Empty where nothing ran: then nothing is checked.
    pub old_violations: Vec<Violation>,
    /// The version rows that the run removed because another row implied them, sorted.
    pub implied_rows: Vec<String>,
    /// What is wrong with Aludel's own tables without stopping a run, in words.
    pub warnings: Vec<String>,
}

/// A script that ran.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ran {
    /// Which way.
    pub direction: Direction,
    /// The revision.
    pub revision: String,
    /// What the script does, in one line.
    pub message: String,
    /// How long it took.
    pub elapsed: Duration,
    /// What an upgrade has lost for good, in the words of the script's header, such as `photos.title`; empty for a downgrade.
    pub lost: Vec<String>,
}

/// A revision in the history of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HistoryEntry {
    /// The revision.
    pub revision: String,
    /// Its down revisions.
    pub down_revisions: Vec<String>,
    /// What it depends on.
    pub depends_on: Vec<String>,
    /// Its branch labels.
    pub branch_labels: Vec<String>,
    /// What its script does, in one line.
    pub message: String,
    /// No other revises it.
    pub is_head: bool,
    /// It is applied.
    pub is_applied: bool,
    /// It is one of the version rows.
    pub is_current: bool,
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ran.is_empty() {
            writeln!(formatter, "nothing to do")?;
        }
        for Ran { direction, revision, message, elapsed, lost } in &self.ran {
            let word = match direction {
                Direction::Upgrade => "upgrade",
                Direction::Downgrade => "downgrade",
            };
            writeln!(formatter, "{word} {revision}, {message} ({:.1} ms)", elapsed.as_secs_f64() * 1000.0)?;
            if !lost.is_empty() {
                writeln!(formatter, "    lost for good, as the script declares: {}", lost.join(", "))?;
            }
        }
        for violation in &self.old_violations {
            writeln!(formatter, "foreign key violation from before this run: {violation}")?;
        }
        for row in &self.implied_rows {
            writeln!(formatter, "removed the version row {row}, which another row implied")?;
        }
        for warning in &self.warnings {
            writeln!(formatter, "warning: {warning}")?;
        }
        match self.current.as_slice() {
            [] => write!(formatter, "now at base"),
            current => write!(formatter, "now at {}", current.join(", ")),
        }
    }
}
