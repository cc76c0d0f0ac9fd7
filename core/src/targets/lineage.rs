//! Finds the revisions on the same branch. Branches follow down revisions. Dependencies affect the
//! order of revisions, but do not form branches.

use crate::graph::{Graph, Index, Set};

/// The revisions on one branch: a revision, its ancestors and its descendants, without
/// dependencies.
pub(super) struct Lineage(Set);

impl Lineage {
    pub(super) fn of(graph: &Graph, revision: Index) -> Self {
        let mut line = ancestors(graph, revision);
        let mut waiting = vec![revision];
        let mut reached = Set::default();
        while let Some(index) = waiting.pop() {
            if reached.insert(index) {
                waiting.extend(&graph.node(index).children);
            }
        }
        for index in reached.iter() {
            line.insert(index);
        }
        Self(line)
    }

    pub(super) fn has(&self, revision: Index) -> bool {
        self.0.contains(revision)
    }
}

/// Returns a revision and its ancestors, without dependencies.
pub(super) fn ancestors(graph: &Graph, revision: Index) -> Set {
    let mut reached = Set::default();
    let mut waiting = vec![revision];
    while let Some(index) = waiting.pop() {
        if reached.insert(index) {
            waiting.extend(&graph.node(index).down);
        }
    }
    reached
}
