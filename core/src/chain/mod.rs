//! A chain: every script in canonical order, ready to run.
//!
//! The same value comes from two sources: `embed_migrations!` writes it into a program as literals
//! ([`scripts`]), and [`assemble`] builds it from a folder. Code that uses a chain does not depend
//! on the source.

mod assemble;
mod frozen;
mod outline;
mod parse;
mod predecessors;
pub mod scripts;
mod state;
mod tables;

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

pub use assemble::{Assembled, Faulty, assemble};
pub use outline::outline;
pub use predecessors::Predecessors;
pub use scripts::Scripts;
pub use state::{RunningState, state};
pub use tables::{
    APPLIED_AT, HISTORY_COLUMNS, VERSION_TABLE, append_to_history, create_history_table,
    create_version_table, history_table,
};

use crate::frozen::Checksums;
use crate::graph::{Graph, Index, Node, Set};
use crate::plan::{Direction, Plan, Step};
use crate::problem::Source;
use crate::script::Dialect;
#[cfg(feature = "postgres")]
use crate::script::postgres::{self, EnumValue};

/// Text that is embedded in the program or was loaded from a file.
pub type Text = Cow<'static, str>;

/// One direction of a script: the hashed text, and the byte ranges of its statements.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Section {
    /// The text, trimmed at both ends.
    pub sql: Text,
    /// The line in the file where the text begins, counted from 1.
    pub line: usize,
    /// The byte range of each statement in the text, including its semicolon.
    pub statements: Cow<'static, [Range<usize>]>,
}

impl Section {
    /// Returns the statements, in order.
    pub fn statements(&self) -> impl Iterator<Item = &str> + Clone {
        self.statements.iter().filter_map(|bytes| self.sql.get(bytes.clone()))
    }

    /// Converts an offset in the text to a line and column in the file, both counted from 1.
    #[must_use]
    pub fn line_and_column(&self, byte: usize) -> (usize, usize) {
        let before = self.sql.get(..byte).unwrap_or(&self.sql);
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let lines = before.bytes().filter(|byte| *byte == b'\n').count();
        (self.line + lines, before.get(line_start..).unwrap_or_default().chars().count() + 1)
    }
}

/// One revision, as its checked script defines it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Script {
    /// The revision ID.
    pub id: Text,
    /// The message: what the script does, in one line.
    pub message: Text,
    /// The path of the file, as the user wrote it.
    pub file: Text,
    /// The creation date, as written in the script.
    pub create_date: Text,
    /// The down revisions.
    pub down: Cow<'static, [Index]>,
    /// The revisions that this one depends on.
    pub depends_on: Cow<'static, [Index]>,
    /// The branch labels.
    pub labels: Cow<'static, [Text]>,
    /// The statements that lead to the revision.
    pub upgrade: Section,
    /// The statements that revert the upgrade.
    pub downgrade: Section,
    /// The checksum: the SHA-256 of the script's SQL and parents, in hexadecimal.
    pub checksum: Text,
    /// The fingerprint of the schema after this script and all scripts before it in canonical
    /// order. Empty if no proof computed it.
    pub fingerprint: Text,
    /// The script's declarations, and its sample rows for the proof. A program does not execute
    /// them.
    pub declared: Declared,
}

impl Script {
    /// Returns the section that runs in a direction.
    #[must_use]
    pub fn section(&self, direction: Direction) -> &Section {
        match direction {
            Direction::Upgrade => &self.upgrade,
            Direction::Downgrade => &self.downgrade,
        }
    }

    /// Returns the reason why this direction runs outside a transaction, or `None` if it runs
    /// inside one, because none of its statements has a reason to run outside one.
    #[must_use]
    pub fn outside_transaction(&self, direction: Direction) -> Option<&str> {
        let reason = Some(&*self.declared.outside_transaction).filter(|reason| !reason.is_empty());
        // A script does not know its dialect. No other dialect reads a statement differently here.
        let is_outside = |statement: &str| Dialect::ALL.iter().any(|dialect| dialect.runs_outside(statement));
        reason.filter(|_| self.section(direction).statements().any(is_outside))
    }
}

/// The declarations in a script's header, and its sample rows for the proof.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Declared {
    /// The data that the upgrade loses, such as `photos.title`. The losses are reported when it
    /// runs.
    pub loses: Cow<'static, [Text]>,
    /// The allowed lints.
    pub allow: Cow<'static, [Text]>,
    /// The reason why the script is irreversible. Empty if it is reversible.
    pub irreversible: Text,
    /// The reason why the script runs outside a transaction. Empty if it runs inside one.
    pub outside_transaction: Text,
    /// The [`Origin`](crate::imported::Origin) of an imported script. Empty for any other script.
    pub imported_from: Text,
    /// The sample rows for the proof.
    pub sample: Section,
}

/// Every script in a folder, in canonical order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Chain {
    /// The scripts. The [`Index`] of a script is its position.
    pub scripts: Scripts,
    /// The version rows of a database to which every revision is applied, sorted.
    pub heads: Cow<'static, [Text]>,
    /// The `state` of the ledger at these heads.
    pub state: Text,
    /// The name of the version table.
    pub version_table: Text,
    /// The released scripts that the chain no longer contains.
    pub predecessors: Predecessors,
    /// The dialect of the scripts.
    pub dialect: Dialect,
}

impl Chain {
    /// Returns the script of a revision.
    ///
    /// # Panics
    ///
    /// Panics if the number does not come from this chain.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "numbers are only handed out by this chain's graph")]
    pub fn script(&self, index: Index) -> &Script {
        &self.scripts[index]
    }

    /// Returns the first irreversible script that a plan would revert, or `None` if there is none.
    #[must_use]
    pub fn irreversible(&self, plan: &Plan) -> Option<&Script> {
        let reverted = plan.steps.iter().filter(|step| step.direction == Direction::Downgrade);
        reverted
            .map(|step| self.script(step.revision))
            .find(|script| !script.declared.irreversible.is_empty())
    }

    /// Returns `true` if a step runs outside a transaction.
    #[must_use]
    pub fn runs_outside(&self, step: &Step) -> bool {
        self.script(step.revision).outside_transaction(step.direction).is_some()
    }

    /// Returns the parts of a plan that are committed separately. A part is either one script that
    /// runs outside a transaction, or a series of consecutive scripts inside one. Such a series
    /// also ends after a script that adds an enum value, if a later script uses that value.
    #[must_use]
    pub fn parts(&self, graph: &Graph, plan: &Plan) -> Vec<Plan> {
        plan.split(graph, |one, next| {
            self.runs_outside(one) || self.runs_outside(next) || self.must_commit(one, plan)
        })
    }

    /// Returns `true` if a later step of the plan uses an enum value that this step adds.
    /// PostgreSQL requires a commit between the two.
    #[cfg(feature = "postgres")]
    #[must_use]
    pub fn must_commit(&self, step: &Step, plan: &Plan) -> bool {
        if self.dialect != Dialect::Postgresql {
            return false;
        }
        let sql = |step: &Step| self.script(step.revision).section(step.direction);
        let mut added = sql(step).statements().filter_map(postgres::adds_enum_value).peekable();
        if added.peek().is_none() {
            return false;
        }
        let later = || plan.steps.iter().skip_while(|one| *one != step).skip(1);
        let uses = |step: &Step, value: &str| {
            postgres::tokens(&sql(step).sql).iter().any(|token| token.value().as_deref() == Some(value))
        };
        added.any(|EnumValue { value, .. }| match value {
            Some(value) => later().any(|step| uses(step, &value)),
            None => later().next().is_some(),
        })
    }

    /// Returns `false`: only PostgreSQL requires a commit between scripts.
    #[cfg(not(feature = "postgres"))]
    #[must_use]
    pub fn must_commit(&self, _step: &Step, _plan: &Plan) -> bool {
        false
    }

    /// Returns the chain with the fingerprints from its proof, in the order of its scripts.
    #[must_use]
    pub fn with_fingerprints(mut self, fingerprints: &[impl fmt::Display]) -> Self {
        let mut known = fingerprints.iter().map(|fingerprint| Cow::Owned(fingerprint.to_string()));
        let scripts = self.scripts.iter().cloned();
        self.scripts = scripts
            .map(|script| Script { fingerprint: known.next().unwrap_or_default(), ..script })
            .collect();
        self
    }

    /// Returns the graph of the chain.
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

    /// Returns the `state` of the ledger when exactly these revisions are applied. `instead` lists
    /// the scripts that were applied in place of the base of a squash.
    #[must_use]
    pub fn state_of(&self, applied: &Set, instead: &Checksums) -> String {
        state(applied.iter().flat_map(|index| self.lines_of(index, instead)))
    }

    /// Returns the `state` for a run of many steps that apply and revert revisions.
    #[must_use]
    pub fn running_state(&self, applied: &Set, instead: &Checksums) -> RunningState {
        RunningState::new(self, applied, instead)
    }

    /// Returns the IDs of the given revisions.
    #[must_use]
    pub fn ids(&self, indexes: impl IntoIterator<Item = Index>) -> Vec<String> {
        indexes.into_iter().map(|index| self.script(index).id.to_string()).collect()
    }
}

/// Creates a section from part of a file. The ranges of its statements are relative to its text.
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
