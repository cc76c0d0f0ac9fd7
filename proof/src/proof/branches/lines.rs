//! Finds the branches of a chain and the orders in which they can be applied.
//!
//! This module depends only on the graph. All lists of revisions are in canonical order.

use std::collections::BTreeSet;

use aludel_core::graph::{Graph, Index, Set};

/// The maximum number of branches that are tried in every rotation. If there are more, they are
/// tried once, in reverse order, which reverses each pair of branches.
const MOST_ROTATED: usize = 8;

/// The revisions between two points that every branch passes through.
///
/// ```text
///        ┌─ b1 ── b2 ─┐
///   a1 ──┤            ├── m4        blocks: [a1], [b1, b2, c3, m4]
///        └─ c3 ───────┘
/// ```
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Block<'m> {
    /// The revisions, in canonical order.
    pub(super) members: &'m [Index],
    /// The revision that requires all others, or `None` if branches stay open at the end.
    pub(super) joined_by: Option<Index>,
}

impl Block<'_> {
    /// Returns `true` if the block has more than one revision, and therefore may have branches.
    pub(super) fn has_lines(&self) -> bool {
        self.members.len() > 1
    }
}

/// Divides revisions into blocks. A block ends with a revision that requires all revisions before
/// it, and that all revisions after it require. The parents of the first revisions are already
/// applied.
pub(super) fn blocks<'m>(graph: &Graph, members: &'m [Index]) -> Vec<Block<'m>> {
    let among: Set = members.iter().copied().collect();
    let passed_by = passed_by(graph, members, &among);
    let mut blocks = Vec::new();
    let (mut start, mut open) = (0, 0_usize);
    for (position, index) in members.iter().enumerate() {
        let is_first_follower = |parent: &Index| {
            let followers = graph.node(*parent).followers();
            among.contains(*parent) && followers.filter(|next| among.contains(*next)).min() == Some(*index)
        };
        let closed: BTreeSet<Index> = graph.node(*index).parents().filter(is_first_follower).collect();
        open = open + 1 - closed.len();
        if open == 1 && passed_by.get(position).is_none_or(|by| *by >= Some(*index)) {
            let block = members.get(start..=position).unwrap_or_default();
            blocks.push(Block { members: block, joined_by: Some(*index) });
            start = position + 1;
        }
    }
    if let Some(rest) = members.get(start..).filter(|rest| !rest.is_empty()) {
        blocks.push(Block { members: rest, joined_by: None });
    }
    blocks
}

/// Returns, for each revision, the earliest parent of the revisions after it. If that parent
/// precedes the revision, a branch bypasses the revision.
fn passed_by(graph: &Graph, members: &[Index], among: &Set) -> Vec<Option<Index>> {
    let mut earliest = Some(Index::MAX);
    let mut passed_by = Vec::with_capacity(members.len());
    for index in members.iter().rev() {
        passed_by.push(earliest);
        earliest = earliest.min(graph.node(*index).parents().filter(|parent| among.contains(*parent)).max());
    }
    passed_by.reverse();
    passed_by
}

/// Returns the branches of a block. Each consists of its last revision and everything that this
/// revision requires, without the revision that joins the branches.
pub(super) fn lines(graph: &Graph, block: &Block<'_>) -> Vec<Vec<Index>> {
    let within = |index: &Index| block.members.binary_search(index).is_ok();
    let tips: BTreeSet<Index> = if let Some(merge) = block.joined_by {
        graph.node(merge).parents().filter(within).collect()
    } else {
        let is_open = |index: &&Index| !graph.node(**index).followers().any(|next| within(&next));
        block.members.iter().filter(is_open).copied().collect()
    };
    let lines: Vec<Vec<Index>> = tips.iter().map(|tip| line(graph, block.members, *tip)).collect();
    let is_part_of_another = |tip: Index| {
        lines.iter().any(|line| line.split_last().is_some_and(|(_, before)| before.contains(&tip)))
    };
    lines.iter().filter(|line| !line.last().is_some_and(|tip| is_part_of_another(*tip))).cloned().collect()
}

/// Returns a revision in a block, with everything in the block that it requires.
fn line(graph: &Graph, block: &[Index], tip: Index) -> Vec<Index> {
    let mut needed = BTreeSet::from([tip]);
    for index in block.iter().rev() {
        if needed.contains(index) {
            needed.extend(graph.node(*index).parents());
        }
    }
    block.iter().filter(|index| needed.contains(index)).copied().collect()
}

/// Returns the orders, other than the canonical order, in which the branches of a block can be
/// applied one by one. Each order ends with the revision that joins the branches.
pub(super) fn orders(block: &Block<'_>, lines: &[Vec<Index>]) -> Vec<Vec<Index>> {
    let in_order = |lines: Vec<&Vec<Index>>| {
        let mut seen = BTreeSet::new();
        let members = lines.into_iter().flatten().copied().chain(block.joined_by);
        members.filter(|index| seen.insert(*index)).collect::<Vec<_>>()
    };
    let mut orders: Vec<Vec<Index>> = if lines.len() > MOST_ROTATED {
        vec![in_order(lines.iter().rev().collect())]
    } else {
        let rotated = |by: usize| in_order(lines.iter().cycle().skip(by).take(lines.len()).collect());
        (0..lines.len()).map(rotated).collect()
    };
    orders.retain(|order| order != block.members);
    orders
}

#[cfg(test)]
mod tests {
    use aludel_core::graph::{Graph, Node};

    use super::{Block, blocks, lines, orders};

    /// Builds a graph from down revisions and dependencies.
    fn graph(edges: &[(&[usize], &[usize])]) -> Graph {
        let node = |(number, (down, depends_on)): (usize, &(&[usize], &[usize]))| Node {
            id: format!("r{number}").into(),
            labels: Vec::new(),
            down: down.to_vec(),
            depends_on: depends_on.to_vec(),
            children: Vec::new(),
            dependents: Vec::new(),
        };
        Graph::new(edges.iter().enumerate().map(node).collect())
    }

    fn members(graph: &Graph) -> Vec<usize> {
        graph.indexes().collect()
    }

    #[test]
    fn a_linear_chain_has_no_lines() {
        let graph = graph(&[(&[], &[]), (&[0], &[]), (&[1], &[])]);
        let members = members(&graph);
        let blocks = blocks(&graph, &members);
        assert_eq!(blocks.len(), 3);
        assert!(blocks.iter().all(|block| !block.has_lines()));
    }

    #[test]
    fn a_diamond_is_a_block_with_two_lines() {
        //      ┌ 1 ─ 2 ┐
        //  0 ──┤       ├ 4 ─ 5
        //      └ 3 ────┘
        let graph = graph(&[(&[], &[]), (&[0], &[]), (&[1], &[]), (&[0], &[]), (&[2, 3], &[]), (&[4], &[])]);
        let members = members(&graph);
        let blocks = blocks(&graph, &members);
        let diamond = Block { members: &[1, 2, 3, 4], joined_by: Some(4) };
        assert_eq!(blocks.iter().map(|block| block.members.len()).collect::<Vec<_>>(), [1, 4, 1]);
        assert_eq!(blocks.get(1), Some(&diamond));
        let lines = lines(&graph, &diamond);
        assert_eq!(lines, [vec![1, 2], vec![3]]);
        assert_eq!(orders(&diamond, &lines), [[3, 1, 2, 4]]);
    }

    #[test]
    fn heads_that_are_never_merged_are_an_open_block() {
        let graph = graph(&[(&[], &[]), (&[0], &[]), (&[0], &[]), (&[], &[])]);
        let members = members(&graph);
        let blocks = blocks(&graph, &members);
        let open = Block { members: &[0, 1, 2, 3], joined_by: None };
        assert_eq!(blocks, [Block { members: &[0, 1, 2, 3], joined_by: None }]);
        assert_eq!(lines(&graph, &open), [vec![0, 1], vec![0, 2], vec![3]]);
    }

    #[test]
    fn a_dependency_joins_as_a_merge_point_does() {
        //  0 ── 1 ── 3      3 depends on 2
        //  └─── 2
        let graph = graph(&[(&[], &[]), (&[0], &[]), (&[0], &[]), (&[1], &[2])]);
        let members = members(&graph);
        let blocks = blocks(&graph, &members);
        assert_eq!(blocks.get(1), Some(&Block { members: &[1, 2, 3], joined_by: Some(3) }));
    }

    #[test]
    fn nested_branches_are_lines_within_a_line() {
        //      ┌ 1 ─┬ 2 ┐
        //  0 ──┤    └ 3 ┴ 4 ┐
        //      └ 5 ─────────┴ 6
        let graph = graph(&[
            (&[], &[]),
            (&[0], &[]),
            (&[1], &[]),
            (&[1], &[]),
            (&[2, 3], &[]),
            (&[0], &[]),
            (&[4, 5], &[]),
        ]);
        let members = members(&graph);
        let outer = blocks(&graph, &members);
        let found = lines(&graph, &Block { members: &[1, 2, 3, 4, 5, 6], joined_by: Some(6) });
        assert_eq!(outer.len(), 2);
        assert_eq!(found, [vec![1, 2, 3, 4], vec![5]]);
        let nested =
            blocks(&graph, &[1, 2, 3, 4]).iter().map(|block| block.members.len()).collect::<Vec<_>>();
        assert_eq!(nested, [1, 3]);
    }

    #[test]
    fn many_lines_are_tried_in_the_reverse_order() {
        let lines: Vec<Vec<usize>> = (0..20).map(|line| vec![line]).collect();
        let all: Vec<usize> = (0..21).collect();
        let block = Block { members: &all, joined_by: Some(20) };
        let reversed: Vec<usize> = (0..20).rev().chain([20]).collect();
        assert_eq!(orders(&block, &lines), [reversed]);
    }
}
