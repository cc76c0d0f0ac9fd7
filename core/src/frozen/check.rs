//! Checks that the frozen scripts in a folder have not changed.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::{Change, Entry, FrozenFault, Kind, Line, Lock, Succession, Superseded};
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

/// The part of a list that applies to the scripts in a folder.
///
/// A squash adds its lines to the list before it writes the base. Until the base exists, the
/// scripts that it will replace stay in effect.
#[derive(Debug, Clone, Default)]
pub struct InEffect<'l> {
    /// The lines for scripts that no squash replaced.
    pub lines: Vec<&'l Line>,
    /// The lines for superseded scripts.
    pub superseded: Vec<&'l Superseded>,
    /// The superseded scripts, indexed for lookups.
    pub succession: Succession,
}

impl<'l> InEffect<'l> {
    /// Finds the lines that apply.
    #[must_use]
    pub fn of(lock: &'l Lock, scripts: &[ParsedScript]) -> Self {
        let bases = bases(lock, scripts);
        let is_pending =
            |record: &Superseded| record.kind == Kind::Replaced && !bases.contains(record.by.as_str());
        let records = lock.superseded.iter().map(|record| &record.value);
        let (pending, superseded): (Vec<_>, Vec<_>) = records.partition(|record| is_pending(record));
        let succession: Succession = superseded.iter().copied().cloned().collect();
        let stays = |line: &&Line| {
            let Entry { revision, checksum, .. } = &line.entry;
            let of_this = || pending.iter().filter(|record| record.revision == *revision);
            let is_later = of_this().next().is_some() && of_this().all(|record| record.checksum != *checksum);
            !is_later && !succession.has_replaced(revision, checksum)
        };
        let lines = lock.lines.iter().filter(stays).collect();
        Self { lines, superseded, succession }
    }

    /// Returns `true` if a squash replaced a script but its file was left behind.
    #[must_use]
    pub fn is_left_over(&self, script: &ParsedScript) -> bool {
        let id = script.header.id.as_ref().map(|id| id.value.as_str());
        script.header.replaces.is_none() && id.is_some_and(|id| self.succession.has_replaced_any(id))
    }
}

/// Returns the bases of squashes: those in the folder, and those that they replaced.
fn bases<'a>(lock: &'a Lock, scripts: &'a [ParsedScript]) -> BTreeSet<&'a str> {
    let has_replaced = |script: &&ParsedScript| script.header.replaces.is_some();
    let ids = scripts.iter().filter(has_replaced).filter_map(|script| script.header.id.as_ref());
    let mut bases: BTreeSet<&str> = ids.map(|id| id.value.as_str()).collect();
    loop {
        let records = lock.superseded.iter().map(|record| &record.value);
        let replaced = records.filter(|record| record.kind == Kind::Replaced && bases.contains(&*record.by));
        let more: BTreeSet<&str> = replaced.map(|record| record.revision.as_str()).collect();
        if more.is_subset(&bases) {
            return bases;
        }
        bases.extend(more);
    }
}

/// Compares the frozen scripts with the folder.
///
/// Rule: a frozen script exists and has its frozen checksum, unless it was superseded. The base of
/// a squash replaced as many scripts as its header declares.
///
/// `unread` lists the names of files whose revision is unknown. A revision that one of them may
/// define is not reported as missing.
#[must_use]
pub fn check(lock: &Lock, scripts: &[ParsedScript], unread: &[String]) -> Checked {
    let mut by_revision: BTreeMap<&str, Vec<&ParsedScript>> = BTreeMap::new();
    for script in scripts {
        if let Some(id) = &script.header.id {
            by_revision.entry(&id.value).or_default().push(script);
        }
    }
    let mut checked = Checked::default();
    let effect = InEffect::of(lock, scripts);
    checked.problems.extend(scripts.iter().filter_map(|script| uncounted(&effect.succession, script)));
    checked.problems.extend(lock.superseded.iter().filter_map(|record| unfrozen(lock, &effect, record)));
    for line in &effect.lines {
        let revision = &line.entry.revision;
        match by_revision.get(revision.as_str()) {
            // Two scripts that share an ID are reported elsewhere. Here it is enough that one of
            // them is unchanged.
            Some(scripts) => {
                let faults = scripts.iter().map(|script| compare(lock, (line, &effect.succession), script));
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

/// Returns an error if a base's header does not declare as many replaced scripts as the list
/// contains. Returns `None` otherwise.
fn uncounted(succession: &Succession, script: &ParsedScript) -> Option<Problem> {
    let (id, replaces) = script.header.id.as_ref().zip(script.header.replaces.as_ref())?;
    let found = succession.replaced_by(&id.value).map_or(0, BTreeMap::len);
    if found == replaces.value {
        return None;
    }
    let fault = FrozenFault::Uncounted { revision: id.value.clone(), expected: replaces.value, found };
    Some(Problem::at(script.place(replaces.span.clone()), &fault))
}

/// Returns an error if a superseded script was never frozen, or `None` otherwise.
fn unfrozen(lock: &Lock, effect: &InEffect<'_>, record: &Spanned<Superseded>) -> Option<Problem> {
    let Superseded { revision, checksum, .. } = &record.value;
    let is_frozen = |line: &Line| {
        let frozen = &line.entry;
        let by_frozen = || effect.succession.amended(revision, &frozen.checksum) == checksum;
        frozen.revision == *revision && (frozen.checksum == *checksum || by_frozen())
    };
    let is_between = || {
        lock.superseded.iter().any(|other| other.value.revision == *revision && other.value.by == *checksum)
    };
    if lock.lines.iter().any(is_frozen) || is_between() {
        return None;
    }
    let fault = FrozenFault::Unfrozen { revision: revision.clone() };
    Some(Problem::at(lock.place(record.span.clone()), &fault))
}

fn compare(lock: &Lock, (line, succession): (&Line, &Succession), script: &ParsedScript) -> Option<Problem> {
    let (frozen, now) = (&line.entry, Entry::of(script)?);
    if frozen.checksum == now.checksum && says_the_same(frozen, &now) {
        return None;
    }
    if is_amended(succession, frozen, &now) {
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

/// Returns `true` if only the downgrade differs, and the list records this.
fn is_amended(succession: &Succession, frozen: &Entry, now: &Entry) -> bool {
    let upgrade = |entry: &Entry| entry.sections.as_ref().map(|[upgrade, _]| upgrade.clone());
    let same_upgrade = upgrade(frozen).zip(upgrade(now)).is_none_or(|(frozen, now)| frozen == now);
    succession.amended(&now.revision, &frozen.checksum) == now.checksum
        && same_upgrade
        && frozen.revises == now.revises
        && frozen.depends_on == now.depends_on
}

fn says_the_same(frozen: &Entry, now: &Entry) -> bool {
    let sections = frozen.sections.as_ref().or(now.sections.as_ref());
    frozen.revises == now.revises && frozen.depends_on == now.depends_on && sections == now.sections.as_ref()
}

/// Returns the changes to a script whose checksum differs, with their places.
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
