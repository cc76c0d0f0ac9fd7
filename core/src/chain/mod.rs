//! A chain: every script in canonical order, ready to run.
//!
//! The same value comes from two places: `embed_migrations!` writes it as literals into a program ([`scripts`]), and [`assemble`] makes it of
//! a folder's scripts. Nothing after it needs to know which.

mod assemble;
mod frozen;
mod outline;
mod parse;
pub mod scripts;
mod state;
mod tables;

use std::borrow::Cow;
use std::ops::Range;

pub use assemble::{Assembled, Faulty, assemble};
pub use outline::outline;
pub use scripts::Scripts;
pub use state::{RunningState, state};
pub use tables::{
    APPLIED_AT, HISTORY_COLUMNS, VERSION_TABLE, create_history_table, create_version_table, history_table,
};

use crate::graph::{Graph, Index, Node, Set};
use crate::problem::Source;
use crate::schema::Fingerprint;

/// Text that is embedded in the program or was loaded from a file.
pub type Text = Cow<'static, str>;

/// One direction of a script: the text that was hashed, and where its statements stand.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Section {
    /// The text, trimmed at both ends.
    pub sql: Text,
    /// The line of the file at which the text begins, from 1.
    pub line: usize,
    /// The bytes of each statement in the text, with its semicolon.
    pub statements: Cow<'static, [Range<usize>]>,
}

impl Section {
    /// The statements in order.
    pub fn statements(&self) -> impl Iterator<Item = &str> {
        self.statements.iter().filter_map(|bytes| self.sql.get(bytes.clone()))
    }

    /// The line and column, in the file, of a byte of the text; both from 1.
    #[must_use]
    pub fn line_and_column(&self, byte: usize) -> (usize, usize) {
        let before = self.sql.get(..byte).unwrap_or(&self.sql);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let lines = before.bytes().filter(|byte| *byte == b'\n').count();
        (self.line + lines, before.get(line_start..).unwrap_or_default().chars().count() + 1)
    }
}

/// One revision: what is left of its script after the checks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    /// The revision id.
    pub id: Text,
    /// What the script does, in one line.
    pub message: Text,
    /// The file, as the user wrote the path.
    pub file: Text,
    /// When it was written, in the words of whoever wrote it.
    pub create_date: Text,
    /// The down revisions.
    pub down: Cow<'static, [Index]>,
    /// The revisions that it depends on.
    pub depends_on: Cow<'static, [Index]>,
    /// The branch labels.
    pub labels: Cow<'static, [Text]>,
    /// What brings a database to the revision.
    pub upgrade: Section,
    /// What takes it back.
    pub downgrade: Section,
    /// SHA-256 of what the script does and where it stands, in hexadecimal.
    pub checksum: Text,
    /// The [`Fingerprint`] of the schema that this script and all before it in canonical order make; empty where no proof tells it.
    pub fingerprint: Text,
    /// What its header and its sample section tell the proof; nothing of it runs in a program.
    pub declared: Declared,
}

/// What a script tells the proof.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declared {
    /// What the upgrade loses, such as `photos.title`: told to whoever runs it.
    pub loses: Cow<'static, [Text]>,
    /// The lints that do not apply.
    pub allow: Cow<'static, [Text]>,
    /// Rows for the proof.
    pub sample: Section,
}

/// Every script of a folder, in canonical order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chain {
    /// The scripts; a script's [`Index`] is its place here.
    pub scripts: Scripts,
    /// The version rows of a database to which everything is applied, sorted.
    pub heads: Cow<'static, [Text]>,
    /// The ledger's `state` at these heads.
    pub state: Text,
    /// The name of the version table.
    pub version_table: Text,
}

impl Chain {
    /// The script of a revision.
    ///
    /// # Panics
    ///
    /// Where the number is not one of this chain.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "numbers are only handed out by this chain's graph")]
    pub fn script(&self, index: Index) -> &Script {
        &self.scripts[index]
    }

    /// The chain with the fingerprints that its proof tells, from the first script on.
    #[must_use]
    pub fn with_fingerprints(mut self, fingerprints: &[Fingerprint]) -> Self {
        let mut known = fingerprints.iter().map(|fingerprint| Cow::Owned(fingerprint.to_string()));
        let scripts = self.scripts.iter().cloned();
        self.scripts = scripts
            .map(|script| Script { fingerprint: known.next().unwrap_or_default(), ..script })
            .collect();
        self
    }

    /// The graph of the chain.
    #[must_use]
    pub fn graph(&self) -> Graph {
        Graph::new(
            self.scripts
                .iter()
                .map(|script| Node {
                    id: script.id.clone(),
                    labels: script.labels.to_vec(),
                    down: script.down.to_vec(),
                    depends_on: script.depends_on.to_vec(),
                    children: Vec::new(),
                    dependents: Vec::new(),
                })
                .collect(),
        )
    }

    /// The ledger's `state` when exactly these revisions are applied.
    #[must_use]
    pub fn state_of(&self, applied: &Set) -> String {
        state(applied.iter().map(|index| self.script(index)).map(|script| (&*script.id, &*script.checksum)))
    }

    /// The same while revisions come and go: for a run of many steps.
    #[must_use]
    pub fn running_state(&self, applied: &Set) -> RunningState {
        RunningState::new(self, applied)
    }

    /// The ids of revisions.
    #[must_use]
    pub fn ids(&self, indexes: impl IntoIterator<Item = Index>) -> Vec<String> {
        indexes.into_iter().map(|index| self.script(index).id.to_string()).collect()
    }
}

/// A file and what of it became a section: the line at which it begins, and its statements relative to its text.
pub(crate) fn section_of(source: &Source, text: &Range<usize>, statements: &[Range<usize>]) -> Section {
    Section {
        sql: Cow::Owned(source.text.get(text.clone()).unwrap_or_default().to_owned()),
        line: source.line_and_column(text.start).0,
        statements: statements
            .iter()
            .map(|bytes| bytes.start.saturating_sub(text.start)..bytes.end.saturating_sub(text.start))
            .collect(),
    }
}
