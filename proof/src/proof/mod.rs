//! Executes a chain on a scratch database and checks it.
//!
//! Each script is upgraded, downgraded and upgraded again at its place in canonical order, and is
//! checked separately, so that one error does not hide the next. If all pass, the whole chain is
//! downgraded once more, to find downgrades that fail on rows of other scripts. The scratch
//! database is in memory. Scripts run on it under an authorizer, with limits on steps and pages.
//! Then `rows` runs the chain once more, with rows in the tables.
//!
//! A script outside a transaction also runs on a temporary file (`outside`), because it does nothing
//! in memory.
//!
//! If the chain has branches, each is tried alone, and all of them in other orders (`branches`).
//! The lints run while scripts are executed.
//!
//! Only this module executes scripts at compile time. It is not linked into a user's program.

mod bound;
mod branches;
mod configuration;
mod fault;
mod functions;
pub(crate) mod head;
mod image;
mod irreversible;
mod judge;
mod outside;
mod own_rows;
mod references;
pub(crate) mod rows;
pub(crate) mod scratch;
pub(crate) mod section;
mod watch;

#[cfg(test)]
mod tests;

pub use crate::lint::{Allowed, LintSettings};
pub use configuration::Configuration;
pub(crate) use configuration::revision_of_setting;
pub use fault::ProofFault;
use fault::ProofNote;
pub(crate) use fault::{fails_again, shown};
pub use functions::{Function, register};
pub use image::image;
pub use irreversible::check as check_irreversible;
pub use rows::{Statements, Unsampled};
pub use watch::{TIME_VARIABLE, TimedOut, Watch, within, within_time_limit};

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use aludel_core::chain::{Assembled, VERSION_TABLE};
use aludel_core::guarded::{Bounds, Budget, Limits};
use aludel_core::problem::{self, Problem, Severity};
use aludel_core::schema::{Fingerprint, Schema};
use aludel_core::script::{self, Grammar};
use rusqlite::Connection;

/// The settings of a proof.
#[derive(Debug, Clone)]
pub struct Options {
    /// The name of the version table.
    pub version_table: String,
    /// The maximum number of virtual machine steps of one statement.
    pub steps: u64,
    /// The maximum number of pages of the scratch database.
    pub pages: u32,
    /// The size of a page in bytes.
    pub page_size: u32,
    /// The maximum size of a text or blob, in bytes.
    pub longest_value: i32,
    /// `true` if the chain is also executed with rows in its tables.
    pub with_rows: bool,
    /// The maximum number of steps of all statements together.
    pub budget: Budget,
    /// Stops the proof from another thread, and records the statement that is running.
    pub watch: Option<Arc<Watch>>,
    /// The treatment of the order of columns.
    pub column_order: ColumnOrder,
    /// The treatment of generated rows that violate a foreign key of a later script.
    pub new_references: NewReferences,
    /// The lints that the settings allow.
    pub lints: LintSettings,
    /// The scripts that may be irreversible.
    pub irreversible: Irreversible,
    /// The functions of the program that the proof replaces with substitutes.
    pub functions: Vec<Function>,
    /// A function that prepares a scratch database before the first script.
    pub prepare: Option<Prepare>,
}

/// The treatment of the order of columns.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ColumnOrder {
    /// A downgrade may change the order of columns, so no statement may depend on it.
    #[default]
    Free,
    /// A downgrade must restore the order, unless its header has `Allow: column-order`.
    Compared,
}

/// The treatment of generated rows that refer to nothing once a later script adds a foreign key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NewReferences {
    /// They get the key of a parent, because the author of the script knows that real rows have
    /// one.
    #[default]
    Filled,
    /// They are reported, so that a generated script can ask about such rows.
    Reported,
}

/// The scripts that may be irreversible.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Irreversible {
    /// No script.
    #[default]
    None,
    /// An old history: a revision, and those that it needs.
    Until(String),
    /// Every script, because the compiler has already checked them.
    All,
}

/// The preparation of a connection by a program: functions, collations, existing tables.
#[derive(Clone)]
pub struct Prepare(Rc<Preparing>);

type Preparing = dyn Fn(&Connection) -> rusqlite::Result<()>;

impl Prepare {
    /// Creates a preparation from a function.
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
            irreversible: Irreversible::default(),
            functions: Vec::new(),
            prepare: None,
        }
    }
}

impl Options {
    /// Returns the size limits of a scratch database.
    fn limits(&self) -> Limits {
        let Self { pages, page_size, longest_value, .. } = *self;
        Limits { pages, page_size, longest_value, ..Limits::default() }
    }

    /// Adds the functions, collations and modules of the program to a scratch database.
    fn prepare(&self, connection: &rusqlite::Connection) -> rusqlite::Result<()> {
        if let Some(prepare) = &self.prepare {
            prepare.0(connection)?;
        }
        register(connection, &self.functions)
    }

    /// Returns the bounds of the scripts on one scratch database.
    fn bounds(&self) -> Bounds {
        Bounds { steps: self.steps, budget: self.budget.clone(), stop: self.stop() }
    }

    /// Returns a function that is asked while a statement runs, and returns `true` if the proof
    /// must stop. Returns `None` without a watch.
    fn stop(&self) -> Option<Arc<dyn Fn() -> bool + Send + Sync>> {
        let watch = Arc::clone(self.watch.as_ref()?);
        Some(Arc::new(move || watch.is_expired()))
    }

    /// Returns `true` if a limit of the whole proof is reached.
    pub(crate) fn is_over(&self) -> bool {
        self.budget.is_spent() || self.watch.as_ref().is_some_and(|watch| watch.is_expired())
    }
}

/// The result of a proof.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The errors and notes, sorted by file and place.
    pub problems: Vec<Problem>,
    /// The tables that have no rows during the proof, so that the effect of the scripts on their
    /// rows is unknown.
    pub unsampled: Vec<Unsampled>,
    /// The number of lint errors that the settings allow.
    pub allowed: usize,
    /// The number of statements that depend on existing rows, and how many of them changed one.
    pub statements: Statements,
    /// The fingerprint of the schema after each script in canonical order, up to the first script
    /// that is not executed.
    pub fingerprints: Vec<Fingerprint>,
    /// The schema at the head, or `None` if a statement that changes the schema was not executed.
    pub head: Option<Schema>,
}

/// Executes a chain, and returns everything that the proof found.
#[must_use]
pub fn examine(assembled: &Assembled, options: &Options) -> Report {
    let mut report = judge::judge(assembled, options);
    problem::sort(&mut report.problems);
    bound::keep_first_bound(&mut report.problems);
    report
}

/// Compares an applied script with an earlier version of it, given by its sections.
///
/// Executes the chain with rows up to the script, and both versions from there, up and down.
/// Describes the differences. The result is empty if both versions have the same effect.
#[must_use]
pub fn differences_from(
    assembled: &Assembled,
    revision: &str,
    [upgrade, downgrade]: [&str; 2],
    options: &Options,
) -> Vec<String> {
    let index = assembled.graph.find_id(revision);
    let Some((index, present)) = index.and_then(|index| Some((index, assembled.scripts.get(index)?))) else {
        return vec![format!("no script defines `{revision}`")];
    };
    let header = present.sections.first().and_then(|first| present.source.text.get(..first.marker.start));
    let text = format!("{}-- upgrade\n{upgrade}\n\n-- downgrade\n{downgrade}\n", header.unwrap_or_default());
    let (recorded, problems) = script::parse(&present.source.path, text.as_bytes(), &mut Grammar::default());
    if let Some(problem) = problems.first() {
        return vec![format!("recorded script: {}", problem.title())];
    }
    judge::differences_between(assembled, options, (index, [&recorded, present]))
        .unwrap_or_else(|error| vec![format!("it could not be executed: {error}")])
}

/// Proves a chain. The problems of the report are notes.
///
/// # Errors
///
/// Returns every error that the execution finds, sorted by file and place.
pub fn prove(assembled: &Assembled, options: &Options) -> Result<Report, Vec<Problem>> {
    let mut report = examine(assembled, options);
    if report.problems.iter().all(|problem| problem.severity == Severity::Note) {
        return Ok(report);
    }
    report.problems.retain(|problem| problem.severity == Severity::Fault);
    Err(report.problems)
}
