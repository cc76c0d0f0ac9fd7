//! Enforces the list of frozen scripts.

use std::collections::BTreeSet;

use super::Assembled;
use crate::folder::Folder;
use crate::frozen::{self, Checked, FrozenFault, InEffect, Lock, Superseded};
use crate::graph::Graph;
use crate::problem::Problem;
use crate::script::{Dialect, HeaderFault, ParsedScript, StatementFault};

/// The part of the list of frozen scripts that applies to a folder.
#[derive(Debug)]
pub(super) struct Frozen {
    dialect: Dialect,
    lock: Lock,
    /// The errors in the list.
    problems: Vec<Problem>,
    /// The frozen revisions.
    revisions: Vec<String>,
    superseded: Vec<Superseded>,
    left_over: Vec<String>,
}

impl Frozen {
    /// Reads the list, and removes the scripts that a squash replaced.
    pub(super) fn read(folder: &Folder, scripts: &mut Vec<ParsedScript>) -> Self {
        let (lock, problems) = Lock::of(folder.lock.as_ref(), frozen::FILE);
        let effect = InEffect::of(&lock, scripts);
        let left_over = scripts.iter().filter(|script| effect.is_left_over(script));
        let left_over = left_over.map(|script| script.source.path.clone()).collect();
        scripts.retain(|script| !effect.is_left_over(script));
        let revisions = effect.lines.iter().map(|line| line.entry.revision.clone()).collect();
        let superseded = effect.superseded.into_iter().cloned().collect();
        Self { dialect: folder.dialect, lock, problems, revisions, superseded, left_over }
    }

    /// Returns the scripts of a folder without errors.
    pub(super) fn assembled(self, scripts: Vec<ParsedScript>, graph: Graph) -> Assembled {
        let frozen = self.revisions.iter().filter_map(|revision| graph.find_id(revision)).collect();
        let Self { dialect, superseded, left_over, .. } = self;
        Assembled { dialect, scripts, graph, frozen, superseded, left_over }
    }
}

/// The effect of frozen scripts on errors in the graph.
#[derive(Debug, Default)]
pub(super) struct Enforced {
    /// The frozen revisions that no script defines.
    pub(super) missing: Vec<String>,
    /// `true` if the parents of a frozen script changed.
    is_reparented: bool,
}

impl Enforced {
    /// Returns `true` if the graph differs from the frozen one. Errors about heads and cycles would
    /// then be misleading.
    pub(super) fn is_another_graph(&self) -> bool {
        self.is_reparented || !self.missing.is_empty()
    }
}

/// Adds the errors in the list and in the frozen scripts. Returns their effect on errors in the
/// graph.
///
/// Does not compare a script without `Revises`, because that error must be fixed first.
pub(super) fn enforce(
    list: &Frozen,
    scripts: &[ParsedScript],
    unread: &[String],
    problems: &mut Vec<Problem>,
) -> Enforced {
    let Checked { problems: mut found, missing } = frozen::check(&list.lock, scripts, unread);
    let restored = files_of(FrozenFault::is_change, &found);
    let is_released = |file: &str| {
        !restored.contains(file)
            && scripts.iter().any(|script| script.source.path == file && is_frozen(script, list))
    };
    problems.retain(|problem| {
        !StatementFault::is_hidden_character(problem) || !file(problem).is_some_and(&is_released)
    });
    let unlinked = files_of(HeaderFault::hides_parents, problems);
    found.retain(|problem| file(problem).is_none_or(|file| !unlinked.contains(file)));
    let is_reparented = found.iter().any(FrozenFault::is_reparented);
    problems.extend(list.problems.iter().cloned().chain(found));
    Enforced { missing, is_reparented }
}

fn is_frozen(script: &ParsedScript, list: &Frozen) -> bool {
    script.header.id.as_ref().is_some_and(|id| list.revisions.contains(&id.value))
}

/// Drops the other errors in an edited frozen script. Restoring the script fixes them as well.
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
