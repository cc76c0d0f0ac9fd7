//! Executes a chain on a scratch database and judges it.
//!
//! Each script goes up, down and up again where it stands in canonical order, and is judged by itself, so that one fault does not hide
//! the next. If all pass, the whole chain is taken down once more, where only what rows leave behind can still fail. The scratch
//! database is in memory; scripts run on it under an authorizer, bounded in steps and pages. Then `rows` goes through the chain once more,
//! with sample rows in the tables.
//!
//! Where lines part, each is tried alone, and all in other orders (`branches`). The lints look on while scripts are executed.
//!
//! Only this module executes scripts at compile time. A user's program does not hold it.

mod bound;
mod branches;
mod configuration;
mod fault;
mod functions;
pub(crate) mod head;
mod image;
mod judge;
mod references;
mod rows;
pub(crate) mod scratch;
pub(crate) mod section;
mod watch;

#[cfg(test)]
mod tests;

pub use crate::lint::LintSettings;
pub use configuration::Configuration;
pub use fault::ProofFault;
use fault::ProofNote;
pub(crate) use fault::shown;
pub use functions::{Function, register};
pub use image::image;
pub use rows::{Statements, Unsampled};
pub use watch::{TIME_VARIABLE, TimedOut, Watch, within, within_time_limit};

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use aludel_core::chain::{Assembled, VERSION_TABLE};
use aludel_core::guarded::{Bounds, Budget, Limits};
use aludel_core::problem::{self, Problem, Severity};
use aludel_core::schema::{Fingerprint, Schema};
use rusqlite::Connection;

/// What a proof needs to know of its surroundings.
#[derive(Debug, Clone)]
pub struct Options {
    /// The name of the version table.
    pub version_table: String,
    /// How many virtual machine steps one statement may take.
    pub steps: u64,
    /// How many pages the scratch database may have.
    pub pages: u32,
    /// How many bytes a page has.
    pub page_size: u32,
    /// The longest text or blob, in bytes.
    pub longest_value: i32,
    /// Whether the chain is executed once more with rows in its tables.
    pub with_rows: bool,
    /// How many steps all statements of the proof may take together.
    pub budget: Budget,
    /// Stops the proof from outside, and knows where it is.
    pub watch: Option<Arc<Watch>>,
    /// Whether a downgrade must restore the order of columns.
    pub column_order: ColumnOrder,
    /// What becomes of made rows that a foreign key of a later script refuses.
    pub new_references: NewReferences,
    /// The lints that the settings allow.
    pub lints: LintSettings,
    /// The functions of the program that stand-ins replace.
    pub functions: Vec<Function>,
    /// What prepares a scratch database before the first script.
    pub prepare: Option<Prepare>,
}

/// Whether the order of columns is compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ColumnOrder {
    /// A downgrade may leave the columns of a table in another order. No statement may go by it then.
    #[default]
    Free,
    /// A downgrade restores the order, or its header says `Allow: column-order`.
    Compared,
}

/// What becomes of made rows that refer to nothing once a later script adds a foreign key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NewReferences {
    /// They get the key of a parent: whoever wrote the script knows that the real rows have one.
    #[default]
    Filled,
    /// They are reported, so that a generated script can ask about such rows.
    Reported,
}

/// What a program does to its connections: functions, collations, tables that were there before the chain.
#[derive(Clone)]
pub struct Prepare(Rc<Preparing>);

type Preparing = dyn Fn(&Connection) -> rusqlite::Result<()>;

impl Prepare {
    /// From what a program does.
    pub fn new(prepare: impl Fn(&Connection) -> rusqlite::Result<()> + 'static) -> Self {
        Self(Rc::new(prepare))
    }
}

impl fmt::Debug for Prepare {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Prepare")
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            version_table: VERSION_TABLE.to_owned(),
            steps: Bounds::default().steps,
            pages: Limits::default().pages,
            page_size: Limits::default().page_size,
            longest_value: Limits::default().longest_value,
            with_rows: true,
            budget: Budget::default(),
            watch: None,
            column_order: ColumnOrder::default(),
            new_references: NewReferences::default(),
            lints: LintSettings::default(),
            functions: Vec::new(),
            prepare: None,
        }
    }
}

impl Options {
    /// Whether the proof must stop, for whoever asks while a statement runs.
    fn stop(&self) -> Option<Arc<dyn Fn() -> bool + Send + Sync>> {
        let watch = Arc::clone(self.watch.as_ref()?);
        Some(Arc::new(move || watch.is_expired()))
    }

    /// Whether a bound of the whole proof is reached.
    pub(crate) fn is_over(&self) -> bool {
        self.budget.is_spent() || self.watch.as_ref().is_some_and(|watch| watch.is_expired())
    }
}

/// What a proof shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Every fault that the execution shows, sorted by file and place.
    pub problems: Vec<Problem>,
    /// Tables that hold no row while the chain is proved: what happens to their rows is not known.
    pub unsampled: Vec<Unsampled>,
    /// The number of lint errors that the settings allow.
    pub allowed: usize,
    /// How many statements depend on rows that are there, and how many of them were seen at work.
    pub statements: Statements,
    /// The schema's fingerprint after each script in canonical order, up to the first script that is not executed.
    pub fingerprints: Vec<Fingerprint>,
    /// The schema at the head, or `None` if a statement that changes the schema was not executed.
    pub head: Option<Schema>,
}

/// Executes a chain and tells all that it shows.
#[must_use]
pub fn examine(assembled: &Assembled, options: &Options) -> Report {
    let mut report = judge::judge(assembled, options);
    problem::sort(&mut report.problems);
    bound::keep_first_bound(&mut report.problems);
    report
}

/// Proves a chain. The problems of the report are notes.
///
/// # Errors
///
/// Every fault that the execution shows, sorted by file and place.
pub fn prove(assembled: &Assembled, options: &Options) -> Result<Report, Vec<Problem>> {
    let mut report = examine(assembled, options);
    if report.problems.iter().all(|problem| problem.severity == Severity::Note) {
        return Ok(report);
    }
    report.problems.retain(|problem| problem.severity == Severity::Fault);
    Err(report.problems)
}
