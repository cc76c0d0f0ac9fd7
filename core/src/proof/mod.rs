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

mod branches;
mod columns;
pub mod drift;
mod fault;
mod image;
mod judge;
mod references;
mod rows;
pub(crate) mod scratch;
pub(crate) mod section;

#[cfg(test)]
mod tests;

pub use fault::ProofFault;
use fault::ProofNote;
pub use image::image;
pub use rows::{Statements, Unsampled};

use std::fmt;
use std::rc::Rc;

use rusqlite::Connection;

use crate::chain::{Assembled, VERSION_TABLE};
use crate::problem::{self, Problem, Severity};
use crate::schema::{Fingerprint, Schema};

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
    /// Whether the chain is executed once more with rows in its tables.
    pub with_rows: bool,
    /// What prepares a scratch database before the first script.
    pub prepare: Option<Prepare>,
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
            steps: 50_000_000,
            pages: 16_384,
            page_size: 4096,
            with_rows: true,
            prepare: None,
        }
    }
}

/// What a proof shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// Every fault that the execution shows, sorted by file and place.
    pub problems: Vec<Problem>,
    /// Tables that hold no row while the chain is proved: what happens to their rows is not known.
    pub unsampled: Vec<Unsampled>,
    /// How many statements depend on rows that are there, and how many of them were seen at work.
    pub statements: Statements,
    /// The schema's fingerprint after each script in canonical order, up to the first script that is not executed.
    pub fingerprints: Vec<Fingerprint>,
    /// The schema at the head; none where not every script was executed.
    pub head: Option<Schema>,
}

/// Executes a chain and tells all that it shows.
#[must_use]
pub fn examine(assembled: &Assembled, options: &Options) -> Report {
    let mut report = judge::judge(assembled, options);
    problem::sort(&mut report.problems);
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
