//! Resolves a target and a database's position to revisions.
//!
//! The rules are Alembic's (`RevisionMap._parse_upgrade_target` and `_parse_downgrade_target`).
//! `docs/differences-from-alembic.md` describes each case in which Alembic's behavior is accidental
//! and Aludel differs.

use super::lineage::{Lineage, ancestors};
use super::{Anchor, Target, TargetError};
use crate::graph::{Graph, Index, Set};
use crate::plan::Position;

/// The destination of a downgrade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Downgrade {
    /// The revision that stays, or `None` for base.
    pub to: Option<Index>,
    /// The branch to revert if several branches begin at `to`, given as a revision on it.
    pub branch: Option<Index>,
}

/// Returns the revisions that must be applied after an upgrade to a target.
///
/// # Errors
///
/// Returns an error if the target is ambiguous, or cannot be reached by an upgrade.
pub fn resolve_upgrade(
    target: &Target,
    graph: &Graph,
    position: &Position,
) -> Result<Vec<Index>, TargetError> {
    let walk = Walk { target, graph };
    match target.steps {
        None => walk.absolute(),
        Some(steps) if target.anchor != Anchor::Current => {
            let reached = walk.from(walk.single(target.anchor)?, steps)?;
            Ok(reached.into_iter().collect())
        }
        Some(steps) if steps > 0 => {
            let start = walk.start_of_upgrade(position)?;
            Ok(walk.from(start, steps)?.into_iter().collect())
        }
        Some(_) => Err(TargetError::WrongWay { text: target.text.clone(), action: "an upgrade" }),
    }
}

/// Returns the revisions that stamping a target records.
///
/// # Errors
///
/// Returns the same errors as [`resolve_upgrade`].
pub fn resolve_stamp(
    target: &Target,
    graph: &Graph,
    position: &Position,
) -> Result<Vec<Stamped>, TargetError> {
    let revisions = match target.steps {
        Some(steps) if target.anchor == Anchor::Current && steps < 0 => {
            resolve_downgrade(target, graph, position)?.to.into_iter().collect()
        }
        _ => resolve_upgrade(target, graph, position)?,
    };
    Ok(match revisions.as_slice() {
        [] => vec![Stamped::Base { branch: target.branch }],
        revisions => revisions.iter().copied().map(Stamped::Revision).collect(),
    })
}

/// Returns the destination of a downgrade to a target.
///
/// # Errors
///
/// Returns an error if the target is ambiguous, or cannot be reached by a downgrade.
pub fn resolve_downgrade(
    target: &Target,
    graph: &Graph,
    position: &Position,
) -> Result<Downgrade, TargetError> {
    let walk = Walk { target, graph };
    match target.steps {
        None => Ok(Downgrade { to: walk.single(target.anchor)?, branch: target.branch }),
        Some(steps) if target.anchor != Anchor::Current => {
            let to = walk.from(walk.single(target.anchor)?, steps)?;
            Ok(Downgrade { to, branch: target.branch })
        }
        Some(steps) if steps < 0 => {
            let start = walk.start_of_downgrade(position)?;
            Ok(Downgrade { to: walk.from(start, steps)?, branch: target.branch.or(start) })
        }
        Some(_) => Err(TargetError::WrongWay { text: target.text.clone(), action: "a downgrade" }),
    }
}

/// A place that a stamp records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamped {
    /// The revision is applied on its branch.
    Revision(Index),
    /// Nothing is applied.
    Base {
        /// Limits the stamp to the revisions that this one requires, and to those that require it.
        branch: Option<Index>,
    },
}

struct Walk<'a> {
    target: &'a Target,
    graph: &'a Graph,
}

impl Walk<'_> {
    fn text(&self) -> String {
        self.target.text.clone()
    }

    /// Returns the revisions that a target without steps names.
    fn absolute(&self) -> Result<Vec<Index>, TargetError> {
        match (self.target.anchor, self.target.branch) {
            (Anchor::Heads, None) => Ok(self.graph.real_heads().collect()),
            (Anchor::Heads, Some(branch)) => Ok(self.heads_of(branch)),
            (anchor, _) => Ok(self.single(anchor)?.into_iter().collect()),
        }
    }

    /// Returns the only revision of an anchor, or `None` for base.
    fn single(&self, anchor: Anchor) -> Result<Option<Index>, TargetError> {
        match anchor {
            Anchor::Base => Ok(None),
            Anchor::Revision(revision) => Ok(Some(revision)),
            Anchor::Head | Anchor::Heads | Anchor::Current => {
                let heads: Vec<Index> = match (anchor, self.target.branch) {
                    (_, Some(branch)) => self.heads_of(branch),
                    (Anchor::Heads, None) => self.graph.real_heads().collect(),
                    _ => self.graph.heads().collect(),
                };
                match heads.as_slice() {
                    [] => Ok(None),
                    [head] => Ok(Some(*head)),
                    _ => Err(TargetError::SeveralHeads { text: self.text(), heads: self.graph.ids(heads) }),
                }
            }
        }
    }

    fn heads_of(&self, branch: Index) -> Vec<Index> {
        let lineage = Lineage::of(self.graph, branch);
        self.graph.heads().filter(|head| lineage.has(*head)).collect()
    }

    /// Walks the steps from a revision, or from base if there is none. Returns `None` if the walk
    /// ends at base.
    fn from(&self, start: Option<Index>, steps: i64) -> Result<Option<Index>, TargetError> {
        let lineage = self.target.branch.map(|branch| Lineage::of(self.graph, branch));
        let mut current = start;
        for possible in 0..steps.unsigned_abs() {
            let out_of_range = || TargetError::OutOfRange { text: self.text(), possible };
            let ways: Vec<Index> = match current {
                None if steps < 0 => return Err(out_of_range()),
                Some(index) if steps < 0 => self.graph.node(index).down.clone(),
                from => from.map_or_else(
                    || self.graph.bases().collect(),
                    |index| self.graph.node(index).children.clone(),
                ),
            };
            let ways: Vec<Index> = match &lineage {
                Some(lineage) if steps > 0 => ways.into_iter().filter(|way| lineage.has(*way)).collect(),
                _ => ways,
            };
            current = match ways.as_slice() {
                [way] => Some(*way),
                [] if steps < 0 => None,
                [] => return Err(out_of_range()),
                _ => return Err(self.ambiguous(current, ways)),
            };
        }
        Ok(current)
    }

    /// Returns the start of upward steps from the database: its only revision, on the named branch
    /// if there is one. If no version row is on the branch, the start is the tip of the applied
    /// part of the branch. Returns `None` for base.
    fn start_of_upgrade(&self, position: &Position) -> Result<Option<Index>, TargetError> {
        self.start(position, |lineage| {
            let active: Set = position.applied().iter().filter(|index| lineage.has(*index)).collect();
            let is_tip = |index: &Index| {
                !self.graph.node(*index).followers().any(|follower| active.contains(follower))
            };
            active.iter().filter(is_tip).collect()
        })
    }

    /// Returns the start of downward steps from the database: its only revision, on the named
    /// branch if there is one. If the branch is applied only as a dependency, the start is the tip
    /// of its applied part. Returns `None` for base.
    fn start_of_downgrade(&self, position: &Position) -> Result<Option<Index>, TargetError> {
        self.start(position, |lineage| {
            let applied = position.applied();
            let is_tip = |index: &Index| {
                !self.graph.node(*index).children.iter().any(|child| applied.contains(*child))
            };
            applied.iter().filter(is_tip).filter(|index| lineage.has(*index)).collect()
        })
    }

    /// Returns the only revision of the database, on the named branch if there is one, or else the
    /// only tip. Returns `None` for base.
    fn start(
        &self,
        position: &Position,
        tips: impl FnOnce(&Lineage) -> Vec<Index>,
    ) -> Result<Option<Index>, TargetError> {
        let Some(branch) = self.target.branch else {
            return self.one_of(position.rows().collect());
        };
        let lineage = Lineage::of(self.graph, branch);
        let rows: Vec<Index> = position.rows().filter(|row| lineage.has(*row)).collect();
        self.one_of(if rows.is_empty() { tips(&lineage) } else { rows })
    }

    fn one_of(&self, current: Vec<Index>) -> Result<Option<Index>, TargetError> {
        match current.as_slice() {
            [] => Ok(None),
            [one] => Ok(Some(*one)),
            _ => Err(TargetError::SeveralCurrent { text: self.text(), current: self.graph.ids(current) }),
        }
    }

    fn ambiguous(&self, at: Option<Index>, ways: Vec<Index>) -> TargetError {
        let at = at.map_or_else(|| "base".to_owned(), |index| format!("`{}`", self.graph.id(index)));
        TargetError::AmbiguousWalk { text: self.text(), at, ways: self.graph.ids(ways) }
    }
}

/// Returns the roots of a downgrade that are on the path to a branch.
pub(crate) fn on_the_line_of(graph: &Graph, branch: Index, roots: &[Index]) -> Vec<Index> {
    let line = ancestors(graph, branch);
    roots.iter().copied().filter(|root| line.contains(*root)).collect()
}
