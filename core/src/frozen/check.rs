//! Checks that the frozen scripts of a folder did not change.

use std::collections::BTreeMap;
use std::ops::Range;

use super::{Change, Entry, FrozenFault, Line, Lock};
use crate::problem::{Problem, Spanned};
use crate::script::{ParsedScript, SectionKind, file_name_holds};

/// The result of checking the frozen scripts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checked {
    /// The errors.
    pub problems: Vec<Problem>,
    /// The frozen revisions that no script defines.
    pub missing: Vec<String>,
}

/// Compares the frozen scripts with the folder.
///
/// Rule: a frozen script exists, and has the checksum that was frozen.
///
/// `unread` lists the names of files whose revision is unknown. A revision that one of them may
/// define is not missing.
#[must_use]
pub fn check(lock: &Lock, scripts: &[ParsedScript], unread: &[String]) -> Checked {
    let mut by_revision: BTreeMap<&str, Vec<&ParsedScript>> = BTreeMap::new();
    for script in scripts {
        if let Some(id) = &script.header.id {
            by_revision.entry(&id.value).or_default().push(script);
        }
    }
    let mut checked = Checked::default();
    for line in &lock.lines {
        let revision = &line.entry.revision;
        match by_revision.get(revision.as_str()) {
            // If two scripts share an ID, which is an error of its own, it is enough that one is
            // unchanged.
            Some(scripts) => {
                let faults = scripts.iter().map(|script| compare(lock, line, script));
                let faults: Option<Vec<Problem>> = faults.collect();
                checked.problems.extend(faults.and_then(|faults| faults.into_iter().next()));
            }
            None if unread.iter().any(|name| file_name_holds(name, revision)) => {}
            None => {
                checked.problems.push(missing(lock, line));
                checked.missing.push(revision.clone());
            }
        }
    }
    checked
}

fn missing(lock: &Lock, line: &Line) -> Problem {
    let fault = FrozenFault::Missing { revision: line.entry.revision.clone() };
    Problem::at(lock.place(line.revision.clone()), &fault)
}

fn compare(lock: &Lock, line: &Line, script: &ParsedScript) -> Option<Problem> {
    let (frozen, now) = (&line.entry, Entry::of(script)?);
    if frozen.checksum == now.checksum && says_the_same(frozen, &now) {
        return None;
    }
    let changes = if frozen.checksum == now.checksum { Vec::new() } else { changes(frozen, &now, script) };
    let Some((_, place)) = changes.first().cloned() else {
        let fault = FrozenFault::LineEdited { revision: now.revision };
        return Some(Problem::at(lock.place(line.span.clone()), &fault));
    };
    let (changes, places): (Vec<Change>, Vec<Range<usize>>) = changes.into_iter().unzip();
    let labels: Vec<&str> = changes.iter().map(Change::label).collect();
    let file_name = script.source.path.rsplit('/').next().unwrap_or_default().to_owned();
    let fault = FrozenFault::Changed { revision: now.revision, changes, file_name };
    let mut problem = Problem::at(script.place(place), &fault);
    for (place, label) in places.into_iter().zip(labels).skip(1) {
        problem = problem.with_related(script.place(place), label);
    }
    Some(problem.with_related(lock.place(line.revision.clone()), "frozen here"))
}

fn says_the_same(frozen: &Entry, now: &Entry) -> bool {
    let sections = frozen.sections.as_ref().or(now.sections.as_ref());
    frozen.revises == now.revises && frozen.depends_on == now.depends_on && sections == now.sections.as_ref()
}

/// Returns the changes of a script whose checksum differs, with their places.
fn changes(frozen: &Entry, now: &Entry, script: &ParsedScript) -> Vec<(Change, Range<usize>)> {
    let mut changes = Vec::new();
    let header = &script.header;
    let id = header.id.as_ref().map_or(0..0, |id| id.span.clone());
    let names = |names: &[Spanned<String>]| match (names.first(), names.last()) {
        (Some(first), Some(last)) => first.span.start..last.span.end,
        _ => id.clone(),
    };
    if frozen.revises != now.revises {
        let (before, after) = (frozen.revises.clone(), now.revises.clone());
        changes.push((Change::Parents { before, after }, names(&header.revises)));
    }
    if frozen.depends_on != now.depends_on {
        let (before, after) = (frozen.depends_on.clone(), now.depends_on.clone());
        changes.push((Change::Dependencies { before, after }, names(&header.depends_on)));
    }
    let Some((before, after)) = frozen.sections.as_ref().zip(now.sections.as_ref()) else {
        if script.checksum_under(&frozen.revises, &frozen.depends_on) != frozen.checksum {
            changes.push((Change::Sql, id));
        }
        return changes;
    };
    for ((kind, before), after) in
        [SectionKind::Upgrade, SectionKind::Downgrade].into_iter().zip(before).zip(after)
    {
        if before != after {
            let place = script.section(kind).map_or(id.clone(), |section| section.marker.clone());
            changes.push((Change::Section(kind), place));
        }
    }
    changes
}
