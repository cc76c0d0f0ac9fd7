//! The squash point: the revision up to which scripts are replaced.

use aludel_core::chain::Assembled;
use aludel_core::graph::{Index, Set};
use aludel_core::problem::Spanned;

use super::Refusal;

/// Returns the latest possible squash point, or `None` if there is none.
#[must_use]
pub fn latest_point(assembled: &Assembled) -> Option<Index> {
    assembled.graph.indexes().rev().find(|point| check_point(assembled, *point).is_ok())
}

/// Checks that the scripts can be squashed up to a revision.
///
/// # Errors
///
/// Returns the reason why they cannot be squashed.
pub fn check_point(assembled: &Assembled, point: Index) -> Result<(), Refusal> {
    let graph = &assembled.graph;
    let (replaced, later) = (graph.ancestors([point]), graph.descendants([point]));
    let revision = || graph.id(point).to_owned();
    if replaced.len() < 2 {
        return Err(Refusal::Nothing { revision: revision() });
    }
    let is_apart = |index: &Index| !replaced.contains(*index) && !later.contains(*index);
    let apart: Vec<String> = graph.ids(graph.indexes().filter(is_apart));
    if !apart.is_empty() {
        return Err(Refusal::Apart { revision: revision(), others: apart });
    }
    let not_frozen: Vec<String> =
        graph.ids(replaced.iter().filter(|index| !assembled.frozen.contains(*index)));
    if !not_frozen.is_empty() {
        return Err(Refusal::NotFrozen { revisions: not_frozen });
    }
    match later
        .iter()
        .filter(|index| *index != point)
        .find_map(|index| past(assembled, index, point, &replaced))
    {
        Some((by, parent)) => Err(Refusal::Past { revision: revision(), by, parent }),
        None => Ok(()),
    }
}

/// Returns a later revision, and a replaced revision other than the squash point that its header
/// names. Returns `None` if there is none.
///
/// A label stays valid, because the base inherits the labels.
fn past(assembled: &Assembled, index: Index, point: Index, replaced: &Set) -> Option<(String, String)> {
    let (graph, header) = (&assembled.graph, &assembled.scripts.get(index)?.header);
    let is_replaced = |name: &&Spanned<String>| {
        graph.find_id(&name.value).is_some_and(|parent| parent != point && replaced.contains(parent))
    };
    let parent = header.revises.iter().chain(&header.depends_on).find(is_replaced)?;
    Some((graph.id(index).to_owned(), parent.value.clone()))
}
