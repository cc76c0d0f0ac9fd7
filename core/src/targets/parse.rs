//! Parses targets.

use super::lineage::Lineage;
use super::{Anchor, Target, TargetError};
use crate::graph::{Graph, Index, Set};
use crate::nearest;

/// The maximum length of a name that a prefix does not match if it also matches a longer name. As
/// in Alembic, `b` finds `b1c2d3e4f5a6` even if `br1` exists.
const SHORT_NAME: usize = 3;

/// The keywords, which cannot be names of revisions.
pub const KEYWORDS: [&str; 3] = ["head", "heads", "base"];

/// Parses a target.
///
/// # Errors
///
/// Returns an error if the text is neither a keyword nor relative steps, and does not name exactly
/// one revision.
pub fn parse(text: &str, graph: &Graph) -> Result<Target, TargetError> {
    let (branch, place) = match text.split_once('@') {
        Some(("", _)) => return Err(TargetError::Nameless { text: text.to_owned() }),
        Some((branch, place)) => (Some(find_branch(branch, graph)?), place),
        None => (None, text),
    };
    if place.is_empty() {
        return Err(TargetError::Nameless { text: text.to_owned() });
    }
    let target = |anchor, steps| Target { text: text.to_owned(), branch, anchor, steps };
    if let Some(anchor) = keyword(place) {
        return Ok(target(anchor, None));
    }
    let exact = graph.find(place);
    let relative = steps(place);
    if let (Some(_), Some((anchor, steps))) = (exact, relative)
        && !anchor.is_empty()
        && (keyword(anchor).is_some() || find(anchor, None, graph).is_ok())
    {
        let (text, anchor) = (text.to_owned(), anchor.to_owned());
        return Err(TargetError::TwoReadings { text, anchor, steps: format!("{steps:+}") });
    }
    let (anchor, steps) = match (exact, relative) {
        (Some(revision), _) => (Anchor::Revision(revision), None),
        (None, Some(("", steps))) => (Anchor::Current, Some(steps)),
        (None, Some((anchor, steps))) => {
            let anchor =
                keyword(anchor).map_or_else(|| find(anchor, branch, graph).map(Anchor::Revision), Ok)?;
            (anchor, Some(steps))
        }
        (None, None) => (Anchor::Revision(find(place, branch, graph)?), None),
    };
    if let (Anchor::Revision(revision), Some(branch)) = (anchor, branch)
        && !Lineage::of(graph, branch).has(revision)
    {
        let branch = text.split('@').next().unwrap_or_default().to_owned();
        return Err(TargetError::NotOnBranch { revision: graph.id(revision).to_owned(), branch });
    }
    Ok(target(anchor, steps))
}

fn keyword(word: &str) -> Option<Anchor> {
    match word {
        "head" => Some(Anchor::Head),
        "heads" => Some(Anchor::Heads),
        "base" => Some(Anchor::Base),
        _ => None,
    }
}

/// Splits text into the part before the steps, and the steps: `ab12+2` is `("ab12", 2)`. Returns
/// `None` if there are no steps.
fn steps(place: &str) -> Option<(&str, i64)> {
    let sign = place.rfind(['+', '-'])?;
    let digits = place.get(sign + 1..).filter(|digits| !digits.is_empty())?;
    let is_number = digits.bytes().all(|digit| digit.is_ascii_digit());
    let steps = is_number.then(|| place.get(sign..)?.parse().ok())??;
    Some((place.get(..sign)?, steps))
}

fn find_branch(name: &str, graph: &Graph) -> Result<Index, TargetError> {
    find(name, None, graph).map_err(|error| match error {
        TargetError::NoSuchRevision { name, .. } => {
            TargetError::NoSuchBranch { nearest: nearest_of(&name, graph.names()), name }
        }
        other => other,
    })
}

fn nearest_of<'a>(name: &str, names: impl Iterator<Item = &'a str>) -> Option<String> {
    nearest(name, names).map(str::to_owned)
}

/// Returns the revision with an ID or a label, or with a unique prefix of one. If the target names
/// a branch, the revision must be on it.
fn find(name: &str, branch: Option<Index>, graph: &Graph) -> Result<Index, TargetError> {
    if let Some(revision) = graph.find(name) {
        return Ok(revision);
    }
    let lineage = branch.map(|branch| Lineage::of(graph, branch));
    let on_branch = |index: Index| lineage.as_ref().is_none_or(|lineage| lineage.has(index));
    let beginning: Vec<(&str, Index)> =
        graph.names_beginning_with(name).filter(|(_, index)| !name.is_empty() && on_branch(*index)).collect();
    let long = |(name, _): &&(&str, Index)| name.chars().count() > SHORT_NAME;
    let candidates: Vec<(&str, Index)> = if beginning.iter().any(|found| long(&found)) {
        beginning.iter().filter(long).copied().collect()
    } else {
        beginning
    };
    let revisions: Set = candidates.iter().map(|(_, index)| *index).collect();
    match (revisions.len(), candidates.first()) {
        (1, Some((_, index))) => Ok(*index),
        (0, _) | (_, None) => {
            let nearest = nearest_of(name, graph.names().chain(KEYWORDS));
            Err(TargetError::NoSuchRevision { name: name.to_owned(), nearest })
        }
        _ => {
            let candidates = candidates.into_iter().map(|(name, _)| name.to_owned()).collect();
            Err(TargetError::Ambiguous { name: name.to_owned(), candidates })
        }
    }
}
