//! Where a database is in the graph: its version rows, and all that they say is applied.

use crate::graph::{Graph, Index, Set};

/// The version rows of a database and what follows from them.
///
/// A row stands for a revision and for all that it needs; so no row is needed by another, as Alembic keeps them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Position {
    rows: Set,
    applied: Set,
}

/// Version rows that the graph does not know: the database is ahead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the graph has no revision {}", revisions.join(", "))]
pub struct UnknownRevisions {
    /// The unknown ids, sorted.
    pub revisions: Vec<String>,
}

impl Position {
    /// The position with these revisions and all that they need applied.
    #[must_use]
    pub fn new(graph: &Graph, revisions: impl IntoIterator<Item = Index>) -> Self {
        let applied = graph.ancestors(revisions);
        let is_row =
            |index: &Index| !graph.node(*index).followers().any(|follower| applied.contains(follower));
        let rows = applied.iter().filter(is_row).collect();
        Self { rows, applied }
    }

    /// The position of a database with these version rows.
    ///
    /// # Errors
    ///
    /// Where the graph lacks one of them.
    pub fn of_rows(graph: &Graph, rows: &[String]) -> Result<Self, UnknownRevisions> {
        let known = |row: &String| graph.find(row).filter(|index| graph.id(*index) == row);
        let mut unknown: Vec<String> = rows.iter().filter(|row| known(row).is_none()).cloned().collect();
        if unknown.is_empty() {
            return Ok(Self::new(graph, rows.iter().filter_map(known)));
        }
        unknown.sort();
        Err(UnknownRevisions { revisions: unknown })
    }

    /// The version rows of a database without those that another one implies, and the implied ones; each sorted. A row that the graph lacks
    /// implies nothing and is implied by nothing.
    ///
    /// Alembic tolerates implied rows, and its `stamp --purge` can leave them.
    #[must_use]
    pub fn reduce(graph: &Graph, rows: &[String]) -> (Vec<String>, Vec<String>) {
        let known = |row: &String| graph.find(row).filter(|index| graph.id(*index) == row);
        let heads = Self::new(graph, rows.iter().filter_map(known)).rows;
        let (mut kept, mut implied): (Vec<String>, Vec<String>) =
            rows.iter().cloned().partition(|row| known(row).is_none_or(|index| heads.contains(index)));
        kept.sort();
        implied.sort();
        (kept, implied)
    }

    /// The version rows, in canonical order.
    pub fn rows(&self) -> impl DoubleEndedIterator<Item = Index> + '_ {
        self.rows.iter()
    }

    /// All that is applied.
    #[must_use]
    pub fn applied(&self) -> &Set {
        &self.applied
    }

    /// Whether a revision is applied.
    #[must_use]
    pub fn is_applied(&self, revision: Index) -> bool {
        self.applied.contains(revision)
    }

    /// Applies a revision whose parents are applied; gives the rows that go and the rows that come.
    pub(super) fn apply(&mut self, graph: &Graph, revision: Index) -> (Vec<Index>, Vec<Index>) {
        self.applied.insert(revision);
        let mut removed: Vec<Index> =
            graph.node(revision).parents().filter(|parent| self.rows.remove(*parent)).collect();
        removed.sort_unstable();
        self.rows.insert(revision);
        (removed, vec![revision])
    }

    /// Takes back a revision that nothing applied needs; gives the rows that go and the rows that come.
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
