//! Resolves the revisions that a user names for display: a single name, or a range of the history.
//! The rules are Alembic's.

use aludel::TargetError;
use aludel_core::graph::{Graph, Index, Set};
use aludel_core::plan::Position;
use aludel_core::targets::{Anchor, Target, parse, resolve_upgrade};

/// The name that refers to the database's version rows.
pub(crate) const CURRENT: &str = "current";

/// An error in a range.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RangeError {
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error("invalid range `{text}`: expected `start:end`, `start:` or `:end`")]
    NotARange { text: String },
    #[error("invalid range `{start}:{end}`: `{start}` is not an ancestor of `{end}`")]
    NotBelow { start: String, end: String },
}

/// Returns `true` if a range or name contains `current`, the revision of the database.
pub(crate) fn asks_for_current(text: &str) -> bool {
    text.split(':').any(|name| name == CURRENT)
}

/// Returns the revisions that a name refers to. Counts steps without a revision from the heads.
pub(crate) fn named(text: &str, graph: &Graph, current: &[Index]) -> Result<Vec<Index>, TargetError> {
    if text == CURRENT {
        return Ok(current.to_vec());
    }
    let target = parse(text, graph)?;
    match target.steps {
        Some(steps) if target.anchor == Anchor::Current && steps < 0 => {
            below_the_heads(&target, steps, graph)
        }
        _ => resolve_upgrade(&target, graph, &Position::default()),
    }
}

/// Returns the revisions of a range, both ends included, oldest first.
pub(crate) fn range(text: &str, graph: &Graph, current: &[Index]) -> Result<Vec<Index>, RangeError> {
    let (start, end) = match text.split_once(':') {
        Some((start, end)) if !end.contains(':') => (start.trim(), end.trim()),
        _ => return Err(RangeError::NotARange { text: text.to_owned() }),
    };
    let lower = if start.is_empty() { Vec::new() } else { named(start, graph, current)? };
    let upper = match end {
        "" => named("heads", graph, current)?,
        CURRENT => current.to_vec(),
        end => up_to(&parse(end, graph)?, graph, &lower)?,
    };
    let upper = match branch_of(start, graph)? {
        Some(branch) => upper.into_iter().filter(|index| shares_a_line(graph, branch, *index)).collect(),
        None => upper,
    };
    let reached = graph.ancestors(upper);
    if lower.is_empty() {
        return Ok(reached.iter().collect());
    }
    if lower.iter().any(|index| !reached.contains(*index)) {
        return Err(RangeError::NotBelow { start: start.to_owned(), end: end.to_owned() });
    }
    let (above, below) = (line_up(graph, &lower), graph.ancestors(lower.iter().copied()));
    let is_meant = |index: &Index| {
        reached.contains(*index)
            && above.contains(*index)
            && (lower.contains(index) || !below.contains(*index))
    };
    Ok(graph.indexes().filter(is_meant).collect())
}

/// Resolves the end of a range. Counts steps without a revision from the start of the range.
///
/// If there are fewer revisions than steps, the range extends to the end of the chain.
fn up_to(target: &Target, graph: &Graph, lower: &[Index]) -> Result<Vec<Index>, TargetError> {
    let start = Position::new(graph, lower.iter().copied());
    match resolve_upgrade(target, graph, &start) {
        Err(TargetError::OutOfRange { possible, .. }) if target.steps > Some(0) => {
            if possible == 0 && target.anchor == Anchor::Current {
                return Ok(lower.to_vec());
            }
            let steps = possible.try_into().ok();
            resolve_upgrade(&Target { steps, ..target.clone() }, graph, &start)
        }
        resolved => resolved,
    }
}

/// Returns the branch of a start such as `branch@base` or `branch@ab12`, or `None` if it names
/// none. The range is then limited to this branch.
fn branch_of(start: &str, graph: &Graph) -> Result<Option<Index>, TargetError> {
    if start.is_empty() || start == CURRENT {
        return Ok(None);
    }
    Ok(parse(start, graph)?.branch)
}

/// Steps down from each head. Steps past a base end at the base.
fn below_the_heads(target: &Target, steps: i64, graph: &Graph) -> Result<Vec<Index>, TargetError> {
    let heads = graph
        .real_heads()
        .filter(|head| target.branch.is_none_or(|branch| shares_a_line(graph, branch, *head)));
    let mut reached = Set::default();
    for head in heads {
        let mut current = Some(head);
        for _ in 0..steps.unsigned_abs() {
            let Some(index) = current else { break };
            current = match graph.node(index).down.as_slice() {
                [] => None,
                [down] => Some(*down),
                ways => {
                    let (text, at) = (target.text.clone(), format!("`{}`", graph.id(index)));
                    return Err(TargetError::AmbiguousWalk {
                        text,
                        at,
                        ways: graph.ids(ways.iter().copied()),
                    });
                }
            };
        }
        if let Some(index) = current {
            reached.insert(index);
        }
    }
    Ok(reached.iter().collect())
}

/// Returns `true` if one of two revisions descends from the other through down revisions.
fn shares_a_line(graph: &Graph, one: Index, other: Index) -> bool {
    line_up(graph, &[one]).contains(other) || line_up(graph, &[other]).contains(one)
}

/// Returns the revisions and their descendants.
fn line_up(graph: &Graph, from: &[Index]) -> Set {
    let mut reached = Set::default();
    let mut waiting = from.to_vec();
    while let Some(index) = waiting.pop() {
        if reached.insert(index) {
            waiting.extend(&graph.node(index).children);
        }
    }
    reached
}
