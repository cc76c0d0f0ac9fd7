//! Revisions and their edges: heads, bases, branch points, merge points, order, cycles.
//!
//! A graph contains neither source text nor SQL. Revisions are numbered in canonical order. Each
//! follows its down revisions and its dependencies, one branch is walked as far as possible before
//! the next, and ties are broken by ID. The result does not depend on the order in which the
//! scripts were found. Every operation takes time linear in the number of revisions and edges.

mod fault;
mod resolve;
mod set;

#[cfg(test)]
pub(crate) mod tests;

use std::borrow::Cow;
use std::collections::BTreeMap;

pub use fault::Fault;
pub use resolve::{Declaration, Edge, Located, Resolved, resolve};
pub use set::Set;

/// The number of a revision in canonical order.
pub type Index = usize;

/// One revision and its edges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Node {
    /// The revision ID.
    pub id: Cow<'static, str>,
    /// The branch labels.
    pub labels: Vec<Cow<'static, str>>,
    /// The down revisions, in the order of the script.
    pub down: Vec<Index>,
    /// The revisions that this one depends on.
    pub depends_on: Vec<Index>,
    /// The revisions that revise this one.
    pub children: Vec<Index>,
    /// The revisions that depend on this one.
    pub dependents: Vec<Index>,
}

impl Node {
    /// Returns the revisions that must be applied before this one: down revisions, then
    /// dependencies.
    pub fn parents(&self) -> impl Iterator<Item = Index> + '_ {
        self.down.iter().chain(&self.depends_on).copied()
    }

    /// Returns the revisions that can only be applied after this one: children, then dependents.
    pub fn followers(&self) -> impl Iterator<Item = Index> + '_ {
        self.children.iter().chain(&self.dependents).copied()
    }
}

/// The revisions of a chain and the edges between them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Graph {
    nodes: Vec<Node>,
    names: BTreeMap<Cow<'static, str>, Index>,
}

impl Graph {
    /// Creates a graph from revisions in canonical order, and fills in children and dependents.
    #[must_use]
    pub fn new(mut nodes: Vec<Node>) -> Self {
        let edges: Vec<(Index, Index, bool)> = nodes
            .iter()
            .enumerate()
            .flat_map(|(index, node)| {
                let down = node.down.iter().map(move |parent| (*parent, index, true));
                down.chain(node.depends_on.iter().map(move |parent| (*parent, index, false)))
            })
            .collect();
        for (parent, follower, revises) in edges {
            let Some(parent) = nodes.get_mut(parent) else { continue };
            if revises { parent.children.push(follower) } else { parent.dependents.push(follower) }
        }
        let names = nodes
            .iter()
            .enumerate()
            .flat_map(|(index, node)| {
                std::iter::once(&node.id).chain(&node.labels).map(move |name| (name.clone(), index))
            })
            .collect();
        Self { nodes, names }
    }

    /// Returns the number of revisions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Returns `true` if there are no revisions.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Returns the revision with a number.
    ///
    /// # Panics
    ///
    /// Panics if the number does not come from this graph.
    #[must_use]
    #[expect(clippy::indexing_slicing, reason = "numbers are only handed out by this graph")]
    pub fn node(&self, index: Index) -> &Node {
        &self.nodes[index]
    }

    /// Returns the ID of a revision.
    #[must_use]
    pub fn id(&self, index: Index) -> &str {
        &self.node(index).id
    }

    /// Returns the IDs of the given revisions.
    #[must_use]
    pub fn ids(&self, indexes: impl IntoIterator<Item = Index>) -> Vec<String> {
        indexes.into_iter().map(|index| self.id(index).to_owned()).collect()
    }

    /// Returns the revision with this ID or label, or `None` if there is none.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<Index> {
        self.names.get(name).copied()
    }

    /// Returns the revision with this ID, or `None` if there is none. Does not search labels.
    #[must_use]
    pub fn find_id(&self, id: &str) -> Option<Index> {
        self.find(id).filter(|index| self.id(*index) == id)
    }

    /// Returns the IDs and labels with a prefix, sorted.
    pub fn names_beginning_with<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, Index)> {
        self.names
            .range::<str, _>((std::ops::Bound::Included(prefix), std::ops::Bound::Unbounded))
            .take_while(move |(name, _)| name.starts_with(prefix))
            .map(|(name, index)| (name.as_ref(), *index))
    }

    /// Returns all IDs and labels, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(AsRef::as_ref)
    }

    /// Returns the heads of the graph: the revisions that no other revision revises. `head` and
    /// `heads` refer to them.
    pub fn heads(&self) -> impl Iterator<Item = Index> + '_ {
        self.indexes().filter(|index| self.node(*index).children.is_empty())
    }

    /// Returns the heads that no other revision depends on either. They are the version rows of a
    /// database with every revision applied.
    pub fn real_heads(&self) -> impl Iterator<Item = Index> + '_ {
        self.heads().filter(|index| self.node(*index).dependents.is_empty())
    }

    /// Returns the revisions without a down revision.
    pub fn bases(&self) -> impl Iterator<Item = Index> + '_ {
        self.indexes().filter(|index| self.node(*index).down.is_empty())
    }

    /// Returns all revisions in canonical order.
    pub fn indexes(&self) -> std::ops::Range<Index> {
        0..self.nodes.len()
    }

    /// Returns the given revisions and everything that must be applied before them.
    #[must_use]
    pub fn ancestors(&self, of: impl IntoIterator<Item = Index>) -> Set {
        self.closure(of, |node| node.parents().collect())
    }

    /// Returns the given revisions and everything that can only be applied after them.
    #[must_use]
    pub fn descendants(&self, of: impl IntoIterator<Item = Index>) -> Set {
        self.closure(of, |node| node.followers().collect())
    }

    fn closure(&self, of: impl IntoIterator<Item = Index>, next: impl Fn(&Node) -> Vec<Index>) -> Set {
        let mut reached = Set::default();
        let mut waiting: Vec<Index> = of.into_iter().collect();
        while let Some(index) = waiting.pop() {
            if reached.insert(index) {
                waiting.extend(next(self.node(index)));
            }
        }
        reached
    }
}
