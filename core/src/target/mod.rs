//! The words that a person types for a place in the chain, and what they resolve to.
//!
//! Read so far: `head`, `heads`, `base`, an id, a label or a unique prefix of one, `+N` and `-N`. An exact id or label is read before a
//! relative one. After [`parse`] nobody sees a string.

#[cfg(test)]
mod tests;

use crate::graph::{Graph, Index, Set};
use crate::plan::Position;

/// What a person typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// `head`: the one head.
    Head,
    /// `heads`: all heads.
    Heads,
    /// `base`: nothing applied.
    Base,
    /// An id, a label, or a unique prefix of one.
    Revision(Index),
    /// So many revisions up.
    Up(usize),
    /// So many revisions down.
    Down(usize),
}

/// Why a target names no place.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "each variant says what it means")]
pub enum TargetError {
    #[error("no revision is called `{name}`, and none begins with it")]
    NoSuchRevision { name: String },
    #[error("`{name}` is not unique: {}", among(candidates))]
    Ambiguous { name: String, candidates: Vec<String> },
    #[error("`head` is not unique, because the chain has {} heads: {}", heads.len(), among(heads))]
    SeveralHeads { heads: Vec<String> },
    #[error("`{text}` goes {} revisions {}, but only {possible} can be walked", distance(text), way(text))]
    OutOfRange { text: String, possible: usize },
    #[error("`{text}` cannot be walked: at {at} the chain goes {} ways ({})", ways.len(), among(ways))]
    AmbiguousWalk { text: String, at: String, ways: Vec<String> },
    #[error("`{text}` cannot be walked, because the database is at {} revisions: {}", current.len(), among(current))]
    SeveralCurrent { text: String, current: Vec<String> },
    #[error("`{text}` goes the wrong way for {action}")]
    WrongWay { text: String, action: &'static str },
}

/// Reads a target.
///
/// # Errors
///
/// Where the text is no keyword, no relative step, and names no revision or more than one.
pub fn parse(text: &str, graph: &Graph) -> Result<Target, TargetError> {
    match text {
        "head" => return Ok(Target::Head),
        "heads" => return Ok(Target::Heads),
        "base" => return Ok(Target::Base),
        _ => {}
    }
    if let Some(index) = graph.find(text) {
        return Ok(Target::Revision(index));
    }
    if let Some(target) = relative(text) {
        return Ok(target);
    }
    let candidates: Vec<(&str, Index)> =
        graph.names_beginning_with(text).filter(|_| !text.is_empty()).collect();
    let revisions: Set = candidates.iter().map(|(_, index)| *index).collect();
    match (revisions.len(), candidates.first()) {
        (1, Some((_, index))) => Ok(Target::Revision(*index)),
        (0, _) | (_, None) => Err(TargetError::NoSuchRevision { name: text.to_owned() }),
        _ => Err(TargetError::Ambiguous {
            name: text.to_owned(),
            candidates: candidates.into_iter().map(|(name, _)| name.to_owned()).collect(),
        }),
    }
}

/// What an upgrade to a target has to have applied in the end.
///
/// # Errors
///
/// Where the target is ambiguous, or cannot be reached by going up.
pub fn resolve_upgrade(
    target: &Target,
    graph: &Graph,
    position: &Position,
) -> Result<Vec<Index>, TargetError> {
    match target {
        Target::Head => single_head(graph).map(|head| vec![head]),
        Target::Heads => Ok(graph.real_heads().collect()),
        Target::Base => Ok(Vec::new()),
        Target::Revision(index) => Ok(vec![*index]),
        Target::Up(steps) => walk_up(*steps, graph, position).map(|index| vec![index]),
        Target::Down(steps) => Err(TargetError::WrongWay { text: format!("-{steps}"), action: "an upgrade" }),
    }
}

/// The revision that a downgrade to a target leaves as the last one applied; nothing for base.
///
/// # Errors
///
/// Where the target is ambiguous, or cannot be reached by going down.
pub fn resolve_downgrade(
    target: &Target,
    graph: &Graph,
    position: &Position,
) -> Result<Option<Index>, TargetError> {
    match target {
        Target::Head | Target::Heads => single_head(graph).map(Some),
        Target::Base => Ok(None),
        Target::Revision(index) => Ok(Some(*index)),
        Target::Down(steps) => walk_down(*steps, graph, position),
        Target::Up(steps) => Err(TargetError::WrongWay { text: format!("+{steps}"), action: "a downgrade" }),
    }
}

fn relative(text: &str) -> Option<Target> {
    let digits = text.get(1..)?;
    let steps = digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok())??;
    match text.as_bytes().first()? {
        b'+' => Some(Target::Up(steps)),
        b'-' => Some(Target::Down(steps)),
        _ => None,
    }
}

fn single_head(graph: &Graph) -> Result<Index, TargetError> {
    let mut heads = graph.heads();
    match (heads.next(), heads.next()) {
        (Some(head), None) => Ok(head),
        (None, _) => Err(TargetError::NoSuchRevision { name: "head".to_owned() }),
        _ => Err(TargetError::SeveralHeads { heads: graph.ids(graph.heads()) }),
    }
}

fn walk_up(steps: usize, graph: &Graph, position: &Position) -> Result<Index, TargetError> {
    let text = format!("+{steps}");
    let mut current = single_current(&text, graph, position)?;
    for walked in 0..steps {
        let ways: Vec<Index> =
            current.map_or_else(|| graph.bases().collect(), |index| graph.node(index).children.clone());
        current = Some(single_way(&text, graph, current, &ways, walked)?);
    }
    current.ok_or(TargetError::OutOfRange { text, possible: 0 })
}

fn walk_down(steps: usize, graph: &Graph, position: &Position) -> Result<Option<Index>, TargetError> {
    let text = format!("-{steps}");
    let mut current = single_current(&text, graph, position)?;
    for walked in 0..steps {
        let Some(index) = current else {
            return Err(TargetError::OutOfRange { text, possible: walked });
        };
        let ways = &graph.node(index).down;
        current = match ways.as_slice() {
            [] => None,
            [way] => Some(*way),
            _ => {
                let at = format!("`{}`", graph.id(index));
                return Err(TargetError::AmbiguousWalk { text, at, ways: graph.ids(ways.iter().copied()) });
            }
        };
    }
    Ok(current)
}

fn single_current(text: &str, graph: &Graph, position: &Position) -> Result<Option<Index>, TargetError> {
    let mut rows = position.rows();
    match (rows.next(), rows.next()) {
        (current, None) => Ok(current),
        _ => Err(TargetError::SeveralCurrent { text: text.to_owned(), current: graph.ids(position.rows()) }),
    }
}

fn single_way(
    text: &str,
    graph: &Graph,
    from: Option<Index>,
    ways: &[Index],
    walked: usize,
) -> Result<Index, TargetError> {
    match ways {
        [way] => Ok(*way),
        [] => Err(TargetError::OutOfRange { text: text.to_owned(), possible: walked }),
        _ => Err(TargetError::AmbiguousWalk {
            text: text.to_owned(),
            at: from.map_or_else(|| "base".to_owned(), |index| format!("`{}`", graph.id(index))),
            ways: graph.ids(ways.iter().copied()),
        }),
    }
}

fn among(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn distance(text: &str) -> &str {
    text.trim_start_matches(['+', '-'])
}

fn way(text: &str) -> &'static str {
    if text.starts_with('-') { "down" } else { "up" }
}
