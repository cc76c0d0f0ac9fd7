//! Turns a graph, a database's position and a target into ordered steps, each with its change to
//! the version rows.
//!
//! A plan is data. It has no connection and runs nothing. Applying its steps to the version rows
//! results in the rows of the target.

mod parts;
mod position;

pub use position::{Position, UnknownRevisions};

#[cfg(test)]
mod tests;

use crate::graph::{Graph, Index, Set};
use crate::targets::{Downgrade, Stamped, on_the_line_of};

/// The direction of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Direction {
    /// Runs the script's upgrade.
    Upgrade,
    /// Runs the script's downgrade.
    Downgrade,
}

impl Direction {
    /// Returns the word for the direction.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Upgrade => "upgrade",
            Self::Downgrade => "downgrade",
        }
    }
}

/// One script to run, with its change to the version rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// The direction.
    pub direction: Direction,
    /// The revision whose script runs.
    pub revision: Index,
    /// The version rows that are removed, sorted.
    pub removed: Vec<Index>,
    /// The version rows that are added, sorted.
    pub added: Vec<Index>,
}

/// The steps from one position to another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The position at which the steps begin. A run is refused if the database is at a different
    /// position.
    pub from: Position,
    /// The steps in the order in which they run.
    pub steps: Vec<Step>,
    /// The position of the database afterwards.
    pub after: Position,
}

/// The changes of a stamp, which runs no script.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stamp {
    /// The position at which the stamp begins. A stamp is refused if the database is at a different
    /// position.
    pub from: Position,
    /// The revisions that become applied, in canonical order.
    pub becomes: Vec<Index>,
    /// The revisions that are no longer applied, in reverse canonical order.
    pub ceases: Vec<Index>,
    /// The position of the database afterwards.
    pub after: Position,
}

/// The reason why a downgrade cannot reach its target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant is explained by its message")]
pub enum NotBelow {
    #[error("cannot downgrade to revision `{revision}`: it is not applied")]
    NotApplied { revision: String },
    #[error("cannot downgrade to revision `{revision}`: no revision after it on its branch is applied")]
    NothingAbove { revision: String },
    #[error("cannot downgrade the branch of `{branch}` to {}: the branch does not begin there", place(revision.as_ref()))]
    OtherBranch { revision: Option<String>, branch: String },
}

fn place(revision: Option<&String>) -> String {
    revision.map_or_else(|| "base".to_owned(), |revision| format!("`{revision}`"))
}

/// Returns the plan that applies the targets and everything that they require.
#[must_use]
pub fn upgrade(graph: &Graph, from: &Position, targets: &[Index]) -> Plan {
    let mut plan = Plan { from: from.clone(), steps: Vec::new(), after: from.clone() };
    for revision in graph.ancestors(targets.iter().copied()).iter() {
        if !from.is_applied(revision) {
            let (removed, added) = plan.after.apply(graph, revision);
            plan.steps.push(Step { direction: Direction::Upgrade, revision, removed, added });
        }
    }
    plan
}

/// Returns the plan that reverts everything after the target: its children on all branches or on
/// one branch, and all revisions that require them.
///
/// # Errors
///
/// Returns an error if the target is not applied, if nothing after it is applied, or if the branch
/// does not begin at the target.
pub fn downgrade(graph: &Graph, from: &Position, target: Downgrade) -> Result<Plan, NotBelow> {
    let named = |revision: Index| graph.id(revision).to_owned();
    let mut roots: Vec<Index> = match target.to {
        None => graph.bases().collect(),
        Some(to) => graph.node(to).children.clone(),
    };
    if let Some(branch) = target.branch.filter(|_| roots.len() > 1) {
        roots = on_the_line_of(graph, branch, &roots);
        if roots.is_empty() {
            return Err(NotBelow::OtherBranch { revision: target.to.map(named), branch: named(branch) });
        }
    }
    let goes = graph.descendants(roots.into_iter().filter(|root| from.is_applied(*root)));
    let goes: Vec<Index> = goes.iter().rev().filter(|revision| from.is_applied(*revision)).collect();
    if let Some(to) = target.to.filter(|to| goes.is_empty() && !from.rows().any(|row| row == *to)) {
        let revision = named(to);
        return Err(if from.is_applied(to) {
            NotBelow::NothingAbove { revision }
        } else {
            NotBelow::NotApplied { revision }
        });
    }
    let mut plan = Plan { from: from.clone(), steps: Vec::new(), after: from.clone() };
    for revision in goes {
        let (removed, added) = plan.after.unapply(graph, revision);
        plan.steps.push(Step { direction: Direction::Downgrade, revision, removed, added });
    }
    Ok(plan)
}

/// A revision that cannot be reverted while another revision is applied.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("revision `{by}` is still applied and needs revision `{revision}`")]
pub struct StillNeeded {
    /// The revision.
    pub revision: String,
    /// The applied revision that needs it.
    pub by: String,
}

/// Returns the plan that reverts revisions in the given order. Revisions that are not applied are
/// skipped.
///
/// # Errors
///
/// Returns an error if a revision would be reverted before an applied revision that needs it.
pub fn revert(
    graph: &Graph,
    from: &Position,
    revisions: impl IntoIterator<Item = Index>,
) -> Result<Plan, StillNeeded> {
    let mut plan = Plan { from: from.clone(), steps: Vec::new(), after: from.clone() };
    for revision in revisions.into_iter().filter(|revision| from.is_applied(*revision)) {
        let by = graph.node(revision).followers().find(|follower| plan.after.is_applied(*follower));
        if let Some(by) = by {
            let named = |revision: Index| graph.id(revision).to_owned();
            return Err(StillNeeded { revision: named(revision), by: named(by) });
        }
        let (removed, added) = plan.after.unapply(graph, revision);
        plan.steps.push(Step { direction: Direction::Downgrade, revision, removed, added });
    }
    Ok(plan)
}

/// Returns the stamp that records all targets without running a script. Version rows that are
/// related to a target move to it. Other rows stay.
#[must_use]
pub fn stamp(graph: &Graph, from: &Position, targets: &[Stamped]) -> Stamp {
    let mut rows: Set = from.rows().collect();
    for target in targets {
        rows = match *target {
            Stamped::Revision(line) | Stamped::Base { branch: Some(line) } => unrelated(graph, &rows, line),
            Stamped::Base { branch: None } => Set::default(),
        };
    }
    let named = targets.iter().filter_map(|target| match *target {
        Stamped::Revision(revision) => Some(revision),
        Stamped::Base { .. } => None,
    });
    let after = Position::new(graph, rows.iter().chain(named));
    Stamp {
        from: from.clone(),
        becomes: after.applied().iter().filter(|revision| !from.is_applied(*revision)).collect(),
        ceases: from.applied().iter().rev().filter(|revision| !after.is_applied(*revision)).collect(),
        after,
    }
}

/// Returns the version rows that neither require a revision nor are required by it.
fn unrelated(graph: &Graph, rows: &Set, revision: Index) -> Set {
    let (before, after) = (graph.ancestors([revision]), graph.descendants([revision]));
    rows.iter().filter(|row| !before.contains(*row) && !after.contains(*row)).collect()
}
