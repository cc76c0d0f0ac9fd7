//! The revisions that a person names, to look at: one place, or a range of the history. The rules are Alembic's.

use aludel::TargetError;
use aludel_core::graph::{Graph, Index, Set};
use aludel_core::plan::Position;
use aludel_core::target::{Anchor, Target, parse, resolve_upgrade};

/// What stands for the version rows of the database.
pub(crate) const CURRENT: &str = "current";

/// Why a range names nothing.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RangeError {
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error("`{text}` is no range of the history: expected `start:end`, `start:` or `:end`")]
    NotARange { text: String },
    #[error("`{start}` is not below `{end}` on the same line, so `{start}:{end}` is no range")]
    NotBelow { start: String, end: String },
}

/// Whether a range or a name asks for the place of the database.
pub(crate) fn asks_for_current(text: &str) -> bool {
    text.split(':').any(|name| name == CURRENT)
}

/// The revisions that a name stands for; steps alone are counted from the heads.
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

/// The revisions of a range, both ends included, the oldest first.
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

/// The end of a range, whose steps begin at the start where they begin nowhere else. Rule: more steps than there are end with the chain.
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

/// The branch of `branch@base` or `branch@ab12`: a range that begins so stays on it.
fn branch_of(start: &str, graph: &Graph) -> Result<Option<Index>, TargetError> {
    if start.is_empty() || start == CURRENT {
        return Ok(None);
    }
    Ok(parse(start, graph)?.branch)
}

/// Steps down from each head; those that go below a base end there.
fn below_the_heads(target: &Target, steps: i64, graph: &Graph) -> Result<Vec<Index>, TargetError> {
    let heads = graph
        .real_heads()
        .filter(|head| target.branch.is_none_or(|branch| shares_a_line(graph, branch, *head)));
    let mut reached = Set::default();
    for head in heads {
        let mut place = Some(head);
        for _ in 0..steps.unsigned_abs() {
            let Some(index) = place else { break };
            place = match graph.node(index).down.as_slice() {
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
        if let Some(index) = place {
            reached.insert(index);
        }
    }
    Ok(reached.iter().collect())
}

/// Whether one revision descends from the other, by down revisions.
fn shares_a_line(graph: &Graph, one: Index, other: Index) -> bool {
    line_up(graph, &[one]).contains(other) || line_up(graph, &[other]).contains(one)
}

/// Revisions and what descends from them.
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
