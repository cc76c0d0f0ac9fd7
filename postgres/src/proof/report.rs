//! The result of a proof.

use std::collections::{BTreeMap, BTreeSet};

use aludel_core::chain::Chain;
use aludel_core::graph::{Index, Set};
use aludel_core::problem::{self, Problem, Severity};
use aludel_core::script::postgres::quoted;

use crate::catalog::Fingerprint;

/// The settings of a proof.
#[derive(Debug, Clone)]
pub struct Options {
    /// The qualified names of Aludel's own tables.
    pub own_tables: Vec<String>,
    /// The revisions whose entries in the lock file are still valid. They are only upgraded, not
    /// checked.
    pub valid: BTreeSet<String>,
    /// `true` to execute the chain once more with rows in its tables.
    pub with_rows: bool,
    /// `true` to run the lints.
    pub lints: bool,
    /// The lints and rules that the settings disable, each with the scripts to which this applies.
    pub allowed: BTreeMap<&'static str, Set>,
}

impl Options {
    /// Returns `true` if the settings disable a lint or a rule for a script.
    pub(crate) fn allows(&self, index: Index, name: &str) -> bool {
        self.allowed.get(name).is_some_and(|scripts| scripts.contains(index))
    }

    /// Creates the default settings for a chain with this version table.
    #[must_use]
    pub fn new(version_table: &str) -> Self {
        Self { own_tables: own_tables("public", version_table), ..Self::default() }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            own_tables: own_tables("public", aludel_core::chain::VERSION_TABLE),
            valid: BTreeSet::new(),
            with_rows: true,
            lints: true,
            allowed: BTreeMap::new(),
        }
    }
}

/// Returns the names of Aludel's own tables: the version table and the ledger.
fn own_tables(schema: &str, version_table: &str) -> Vec<String> {
    let tables = [version_table, &aludel_core::chain::history_table(version_table)];
    tables.map(|table| format!("{}.{}", quoted(schema), quoted(table))).to_vec()
}

/// The result of a proof.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// The errors and notes, sorted by file and position.
    pub problems: Vec<Problem>,
    /// The revisions that were proved without an error, in canonical order.
    pub proved: Vec<Proved>,
    /// The major version of the server.
    pub server_major: u32,
    /// The counts.
    pub counts: Counts,
}

impl Report {
    /// Adds problems that were found elsewhere. A script with an error is not proved.
    pub fn add(&mut self, problems: Vec<Problem>, chain: &Chain) {
        self.problems.extend(problems);
        problem::sort(&mut self.problems);
        let files = self.faulty_files();
        let scripts = chain.scripts.iter().filter(|script| files.contains(&*script.file));
        let faulty: BTreeSet<String> = scripts.map(|script| script.id.to_string()).collect();
        self.proved.retain(|proved| !faulty.contains(&proved.revision));
    }

    /// Returns the files of scripts with errors.
    #[must_use]
    pub fn faulty_files(&self) -> BTreeSet<&str> {
        let faults = self.problems.iter().filter(|problem| problem.severity == Severity::Fault);
        faults.filter_map(|problem| Some(problem.place.as_ref()?.source.path.as_str())).collect()
    }
}

/// A revision that was proved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proved {
    /// The revision.
    pub revision: String,
    /// The fingerprint of the schema after this revision and all revisions before it in canonical
    /// order.
    pub fingerprint: Fingerprint,
    /// The extensions at that point, with their versions.
    pub extensions: Vec<String>,
}

/// The counts of a proof.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// The number of scripts that were proved, or for which a proof was attempted.
    pub scripts: usize,
    /// The number of statements in these scripts.
    pub statements: usize,
    /// The number of statements that can change rows.
    pub row_statements: usize,
    /// The number of statements that changed at least one row during the proof.
    pub rows_changed: usize,
    /// The number of scripts that were only upgraded, because their entries are valid.
    pub skipped: usize,
}
