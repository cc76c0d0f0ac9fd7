//! The requirements of the list of frozen scripts.

use std::collections::BTreeSet;

use crate::folder::File;
use crate::frozen::{self, Checked, FrozenFault, Lock};
use crate::graph::{Graph, Set};
use crate::problem::Problem;
use crate::script::{HeaderFault, ParsedScript, StatementFault};

/// The effect of frozen scripts on errors of the graph.
#[derive(Debug, Default)]
pub(super) struct Enforced {
    /// The frozen revisions that no script defines.
    pub(super) missing: Vec<String>,
    /// `true` if the parents of a frozen script changed.
    is_reparented: bool,
}

impl Enforced {
    /// Returns `true` if the graph is not the frozen one. Then errors about heads and cycles would
    /// be misleading.
    pub(super) fn is_another_graph(&self) -> bool {
        self.is_reparented || !self.missing.is_empty()
    }
}

/// Adds the errors of the list and of the frozen scripts, and returns their effect on errors of the
/// graph.
///
/// A script without `Revises` is not compared, because that error must be fixed first.
pub(super) fn enforce(
    lock: Option<&File>,
    scripts: &[ParsedScript],
    unread: &[String],
    problems: &mut Vec<Problem>,
) -> Enforced {
    let Some(lock) = lock else { return Enforced::default() };
    let (lock, faults) = frozen::parse(&lock.path, &lock.bytes);
    let Checked { problems: mut found, missing } = frozen::check(&lock, scripts, unread);
    let restored = files_of(FrozenFault::is_change, &found);
    let is_released = |file: &str| {
        !restored.contains(file)
            && scripts.iter().any(|script| script.source.path == file && is_frozen(script, &lock))
    };
    problems.retain(|problem| {
        !StatementFault::is_hidden_character(problem) || !file(problem).is_some_and(&is_released)
    });
    let unlinked = files_of(HeaderFault::hides_parents, problems);
    found.retain(|problem| file(problem).is_none_or(|file| !unlinked.contains(file)));
    let is_reparented = found.iter().any(FrozenFault::is_reparented);
    problems.extend(faults.into_iter().chain(found));
    Enforced { missing, is_reparented }
}

fn is_frozen(script: &ParsedScript, lock: &Lock) -> bool {
    let id = script.header.id.as_ref().map(|id| id.value.as_str());
    lock.lines.iter().any(|line| Some(line.entry.revision.as_str()) == id)
}

/// Returns the frozen revisions of a graph.
pub(super) fn frozen_in(graph: &Graph, lock: Option<&File>) -> Set {
    let lines = lock.map(|lock| frozen::parse(&lock.path, &lock.bytes).0.lines).unwrap_or_default();
    lines.iter().filter_map(|line| graph.find(&line.entry.revision)).collect()
}

/// Keeps only the edit of an edited frozen script. Such a script is restored as a whole, which also
/// fixes every other error of its file.
pub(super) fn keep_what_was_frozen(problems: &mut Vec<Problem>) {
    let restored = files_of(FrozenFault::is_change, problems);
    problems.retain(|problem| {
        FrozenFault::is_change(problem) || file(problem).is_none_or(|file| !restored.contains(file))
    });
}

fn files_of(is_kind: impl Fn(&Problem) -> bool, problems: &[Problem]) -> BTreeSet<String> {
    let faulty = problems.iter().filter(|problem| is_kind(problem));
    faulty.filter_map(file).map(str::to_owned).collect()
}

fn file(problem: &Problem) -> Option<&str> {
    problem.place.as_ref().map(|place| place.source.path.as_str())
}
