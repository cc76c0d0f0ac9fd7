//! Who shares a line with whom. A line is made of down revisions; dependencies order revisions, but make no line.

use crate::graph::{Graph, Index, Set};

/// Revisions that share a line with one: itself, what it descends from, and what descends from it.
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

/// A revision and what it descends from.
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
