//! Runs a chain on a scratch database and checks it.
//!
//! Each script is upgraded, downgraded and upgraded again in its place in canonical order. It is
//! checked separately, so that one error does not hide the next. If all scripts pass, the whole
//! chain is downgraded once more, to find downgrades that fail on rows from other scripts. The
//! scratch database is in memory. Scripts run on it under an authorizer, with limits on steps and
//! pages. Then `rows` runs the chain once more, with rows in the tables.
//!
//! A script that runs outside a transaction has no effect in memory, so it also runs on a temporary
//! file (`outside`).
//!
//! If the chain has branches, each branch is tried alone, and the branches are tried in different
//! orders (`branches`). The lints check scripts while they run.
//!
//! Only this module runs scripts at compile time. It is not linked into a user's program.

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
    /// The maximum number of virtual machine steps per statement.
    pub steps: u64,
    /// The maximum number of pages in the scratch database.
    pub pages: u32,
    /// The size of a page in bytes.
    pub page_size: u32,
    /// The maximum length of a string or blob, in bytes.
    pub longest_value: i32,
    /// `true` if the chain also runs with rows in its tables.
    pub with_rows: bool,
    /// The maximum number of virtual machine steps of all statements together.
    pub budget: Budget,
    /// Stops the proof from another thread, and records the statement that is running.
    pub watch: Option<Arc<Watch>>,
    /// How the order of columns is treated.
    pub column_order: ColumnOrder,
    /// How generated rows are treated that violate a later script's foreign key.
    pub new_references: NewReferences,
    /// The lints that the settings allow.
    pub lints: LintSettings,
    /// The scripts that may be irreversible.
    pub irreversible: Irreversible,
    /// The program's functions that the proof replaces with substitutes.
    pub functions: Vec<Function>,
    /// A function that prepares a scratch database before the first script.
    pub prepare: Option<Prepare>,
}

/// How the order of columns is treated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ColumnOrder {
    /// A downgrade may change the order of columns, so no statement may depend on it.
    #[default]
    Free,
    /// A downgrade must restore the order, unless its header has `Allow: column-order`.
    Compared,
}

/// How generated rows are treated that refer to a missing row once a later script adds a foreign
/// key.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum NewReferences {
    /// They are changed to refer to a parent, because the author of the script knows that real rows
    /// have one.
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
    /// The scripts of an old history: a revision, and those that it requires.
    Until(String),
    /// Every script, because the compiler has already checked them.
    All,
}

/// A program's preparation of a connection: functions, collations, existing tables.
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

    /// Adds the program's functions, collations and modules to a scratch database.
    fn prepare(&self, connection: &rusqlite::Connection) -> rusqlite::Result<()> {
        if let Some(prepare) = &self.prepare {
            prepare.0(connection)?;
        }
        register(connection, &self.functions)
    }

    /// Returns the bounds for the scripts on one scratch database.
    fn bounds(&self) -> Bounds {
        Bounds { steps: self.steps, budget: self.budget.clone(), stop: self.stop() }
    }

    /// Returns a callback that is called while a statement runs, and that returns `true` if the
    /// proof must stop. Returns `None` without a watch.
    fn stop(&self) -> Option<Arc<dyn Fn() -> bool + Send + Sync>> {
        let watch = Arc::clone(self.watch.as_ref()?);
        Some(Arc::new(move || watch.is_expired()))
    }

    /// Returns `true` if a limit on the whole proof was reached.
    pub(crate) fn is_over(&self) -> bool {
        self.budget.is_spent() || self.watch.as_ref().is_some_and(|watch| watch.is_expired())
    }
}

/// The result of a proof.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Report {
    /// The errors and notes, sorted by file and place.
    pub problems: Vec<Problem>,
    /// The tables that have no rows during the proof. The effect of the scripts on their rows is
    /// therefore unknown.
    pub unsampled: Vec<Unsampled>,
    /// The number of lint errors that the settings allow.
    pub allowed: usize,
    /// The number of statements that depend on existing rows, and the number of those that changed
    /// a row.
    pub statements: Statements,
    /// The fingerprint of the schema after each script in canonical order, up to the first script
    /// that does not run.
    pub fingerprints: Vec<Fingerprint>,
    /// The schema at the head, or `None` if a statement that changes the schema did not run.
    pub head: Option<Schema>,
}

/// Runs a chain and returns everything that the proof found.
#[must_use]
pub fn examine(assembled: &Assembled, options: &Options) -> Report {
    let mut report = judge::judge(assembled, options);
    problem::sort(&mut report.problems);
    bound::keep_first_bound(&mut report.problems);
    report
}

/// Compares an applied script with an earlier version of it, which is given by its sections.
///
/// Runs the chain with rows up to the script, then upgrades and downgrades with each version.
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

/// Proves a chain. Problems in the report are only notes.
///
/// # Errors
///
/// Returns every error that the proof found, sorted by file and place.
pub fn prove(assembled: &Assembled, options: &Options) -> Result<Report, Vec<Problem>> {
    let mut report = examine(assembled, options);
    if report.problems.iter().all(|problem| problem.severity == Severity::Note) {
        return Ok(report);
    }
    report.problems.retain(|problem| problem.severity == Severity::Fault);
    Err(report.problems)
}
