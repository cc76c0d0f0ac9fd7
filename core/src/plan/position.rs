//! The position of a database in the graph: its version rows, and everything that is applied
//! according to them.

use crate::graph::{Graph, Index, Set};

/// The version rows of a database, and the revisions that are applied according to them.
///
/// A row represents a revision and everything that the revision requires. Therefore, as in Alembic,
/// no row is required by another row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Position {
    rows: Set,
    applied: Set,
}

/// Version rows that are missing from the graph: the database is ahead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the chain has no revision {}", revisions.join(", "))]
pub struct UnknownRevisions {
    /// The unknown IDs, sorted.
    pub revisions: Vec<String>,
}

impl Position {
    /// Returns the position at which these revisions, and everything that they require, are
    /// applied.
    #[must_use]
    pub fn new(graph: &Graph, revisions: impl IntoIterator<Item = Index>) -> Self {
        let applied = graph.ancestors(revisions);
        let is_row =
            |index: &Index| !graph.node(*index).followers().any(|follower| applied.contains(follower));
        let rows = applied.iter().filter(is_row).collect();
        Self { rows, applied }
    }

    /// Returns the position of a database with these version rows.
    ///
    /// # Errors
    ///
    /// Returns an error if a row is not in the graph.
    pub fn of_rows(graph: &Graph, rows: &[String]) -> Result<Self, UnknownRevisions> {
        let known = |row: &String| graph.find_id(row);
        let mut unknown: Vec<String> = rows.iter().filter(|row| known(row).is_none()).cloned().collect();
        if unknown.is_empty() {
            return Ok(Self::new(graph, rows.iter().filter_map(known)));
        }
        unknown.sort();
        Err(UnknownRevisions { revisions: unknown })
    }

    /// Splits a database's version rows into the necessary rows and the rows that another row
    /// implies, each sorted. A row that is not in the graph implies nothing, and no row implies it.
    ///
    /// Alembic tolerates implied rows, and its `stamp --purge` can leave some behind.
    #[must_use]
    pub fn reduce(graph: &Graph, rows: &[String]) -> (Vec<String>, Vec<String>) {
        let known = |row: &String| graph.find_id(row);
        let heads = Self::new(graph, rows.iter().filter_map(known)).rows;
        let (mut kept, mut implied): (Vec<String>, Vec<String>) =
            rows.iter().cloned().partition(|row| known(row).is_none_or(|index| heads.contains(index)));
        kept.sort();
        implied.sort();
        (kept, implied)
    }

    /// Returns the version rows, in canonical order.
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = Index> + '_ {
        self.rows.iter()
    }

    /// Returns the applied revisions.
    #[must_use]
    pub fn applied(&self) -> &Set {
        &self.applied
    }

    /// Returns `true` if a revision is applied.
    #[must_use]
    pub fn is_applied(&self, revision: Index) -> bool {
        self.applied.contains(revision)
    }

    /// Applies a revision whose parents are applied. Returns the removed and the added version
    /// rows.
    pub(super) fn apply(&mut self, graph: &Graph, revision: Index) -> (Vec<Index>, Vec<Index>) {
        self.applied.insert(revision);
        let mut removed: Vec<Index> =
            graph.node(revision).parents().filter(|parent| self.rows.remove(*parent)).collect();
        removed.sort_unstable();
        self.rows.insert(revision);
        (removed, vec![revision])
    }

    /// Reverts a revision that no applied revision requires. Returns the removed and the added
    /// version rows.
    pub(super) fn unapply(&mut self, graph: &Graph, revision: Index) -> (Vec<Index>, Vec<Index>) {
        self.applied.remove(revision);
        self.rows.remove(revision);
        let is_free = |parent: &Index| {
            self.applied.contains(*parent)
                && !graph.node(*parent).followers().any(|follower| self.applied.contains(follower))
        };
        let mut added: Vec<Index> = graph.node(revision).parents().filter(is_free).collect();
        added.sort_unstable();
        added.dedup();
        for parent in &added {
            self.rows.insert(*parent);
        }
        (vec![revision], added)
    }
}
