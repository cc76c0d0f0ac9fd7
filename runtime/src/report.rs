//! The result of a run, as data.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use aludel_core::chain::{Chain, Script};
use aludel_core::graph::Graph;
use aludel_core::plan::{Direction, Position};

use crate::ForeignKeyViolation;

/// The result of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// The scripts that ran, in order.
    pub ran: Vec<ScriptRun>,
    /// The version rows afterwards, sorted.
    pub current: Vec<String>,
    /// The foreign key violations that existed before the run and still exist. The list is empty if
    /// no script ran, because foreign keys are not checked in that case.
    pub old_violations: Vec<ForeignKeyViolation>,
    /// The version rows that the run removed because another row implied them, sorted.
    pub implied_rows: Vec<String>,
    /// The backup of the database from before the run, if one was requested.
    pub backup: Option<PathBuf>,
    /// Warnings about Aludel's own tables and old backups. These problems did not stop the run.
    pub warnings: Vec<String>,
}

/// A script that ran.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ScriptRun {
    /// The direction of the run.
    pub direction: Direction,
    /// The revision.
    pub revision: String,
    /// The one-line description of the script.
    pub message: String,
    /// The time that the script took.
    pub elapsed: Duration,
    /// The data that an upgrade lost for good, as declared in the script's header, such as
    /// `photos.title`. Tables that were empty are omitted. The list is empty for a downgrade.
    pub lost: Vec<String>,
}

/// A revision of a chain, compared with a database.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RevisionStatus {
    /// The revision.
    pub revision: String,
    /// Its down revisions.
    pub down_revisions: Vec<String>,
    /// The revisions that it depends on.
    pub depends_on: Vec<String>,
    /// Its branch labels.
    pub branch_labels: Vec<String>,
    /// The one-line description of its script.
    pub message: String,
    /// `true` if no other revision revises it.
    pub is_head: bool,
    /// `true` if it is applied.
    pub is_applied: bool,
    /// `true` if it is one of the version rows.
    pub is_current: bool,
}

impl Report {
    /// Returns the report of a run that found a database with these version rows and had nothing to
    /// do.
    pub(crate) fn stayed(place: &[&str]) -> Self {
        Self { current: place.iter().map(ToString::to_string).collect(), ..Self::default() }
    }

    /// Returns the report of a run that did nothing, or the initial report of a run to a position.
    pub(crate) fn at(graph: &Graph, position: &Position) -> Self {
        let mut current = graph.ids(position.rows());
        current.sort();
        Self { current, ..Self::default() }
    }

    /// Adds the result of a later part of the run.
    pub(crate) fn add(&mut self, part: Self) {
        self.ran.extend(part.ran);
        self.current = part.current;
        self.old_violations = part.old_violations;
        self.implied_rows.extend(part.implied_rows);
        let is_new = |warning: &String| !self.warnings.contains(warning);
        let warnings: Vec<String> = part.warnings.into_iter().filter(is_new).collect();
        self.warnings.extend(warnings);
    }
}

impl ScriptRun {
    pub(crate) fn of(script: &Script, direction: Direction, elapsed: Duration, lost: Vec<String>) -> Self {
        let (revision, message) = (script.id.to_string(), script.message.to_string());
        Self { direction, revision, message, elapsed, lost }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.ran.is_empty() {
            writeln!(formatter, "nothing to do")?;
        }
        for ScriptRun { direction, revision, message, elapsed, lost } in &self.ran {
            let word = direction.word();
            writeln!(formatter, "{word} {revision}, {message} ({:.1} ms)", elapsed.as_secs_f64() * 1000.0)?;
            if !lost.is_empty() {
                writeln!(formatter, "    lost for good, as declared in the script: {}", lost.join(", "))?;
            }
        }
        if let Some(backup) = &self.backup {
            writeln!(formatter, "a backup from before the run is in {}", backup.display())?;
        } else if self.ran.iter().any(|ran| !ran.lost.is_empty()) {
            writeln!(formatter, "note: `Migrator::backup` copies the database before a run")?;
        }
        for violation in &self.old_violations {
            writeln!(formatter, "foreign key violation that existed before this run: {violation}")?;
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

/// Returns the revisions of a chain, newest first, compared with version rows.
pub(crate) fn revision_statuses(chain: &Chain, graph: &Graph, rows: &[String]) -> Vec<RevisionStatus> {
    let known: Vec<_> = rows.iter().filter_map(|row| graph.find(row)).collect();
    let position = Position::new(graph, known.iter().copied());
    let entry = |index| {
        let (node, script) = (graph.node(index), chain.script(index));
        RevisionStatus {
            revision: script.id.to_string(),
            down_revisions: graph.ids(node.down.iter().copied()),
            depends_on: graph.ids(node.depends_on.iter().copied()),
            branch_labels: node.labels.iter().map(ToString::to_string).collect(),
            message: script.message.to_string(),
            is_head: node.children.is_empty(),
            is_applied: position.is_applied(index),
            is_current: known.contains(&index),
        }
    };
    graph.indexes().rev().map(entry).collect()
}

/// Returns a warning for each version row that another row implies.
pub(crate) fn implied_rows(graph: &Graph, rows: &[String]) -> Vec<String> {
    let (_, implied) = Position::reduce(graph, rows);
    let warning = |row: &String| {
        format!(
            "the version row `{row}` is implied by another row and has no effect; \
             the next downgrade, stamp or upgrade that changes the version rows removes it"
        )
    };
    implied.iter().map(warning).collect()
}
