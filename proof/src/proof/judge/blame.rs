//! Finds the statements that caused a difference that a downgrade leaves: in each section, the last
//! statement that changed the object.

use std::collections::BTreeMap;
use std::ops::Range;

use aludel_core::problem::{Place, listed};
use aludel_core::schema::{Change, Changes, Key};
use aludel_core::script::{ParsedScript, SectionKind};

/// A statement of a script, and its changes.
pub(super) struct Ran {
    pub(super) section: SectionKind,
    pub(super) statement: Range<usize>,
    pub(super) changes: Changes,
}

/// Returns the places of the statements that caused the differences, each with a label.
pub(super) fn blame(script: &ParsedScript, left: &Changes, ran: &[Ran]) -> Vec<(Place, String)> {
    let mut marks: BTreeMap<(usize, &str), (&Ran, Vec<String>)> = BTreeMap::new();
    for (key, change) in &left.objects {
        for (ran, words) in touches(key, change, ran) {
            let (_, names) = marks.entry((ran.statement.start, words)).or_insert((ran, Vec::new()));
            names.push(key.1.as_str().to_owned());
        }
    }
    let mark = |((_, words), (ran, names)): ((usize, &str), (&Ran, Vec<String>))| {
        (script.place(ran.statement.clone()), format!("{}: {words}", listed(&names)))
    };
    marks.into_iter().map(mark).collect()
}

/// Returns the last statements in the upgrade and the downgrade that changed an object. For a
/// missing object, returns only the statement that dropped it.
fn touches<'r>(key: &Key, Change { was, is }: &Change, ran: &'r [Ran]) -> Vec<(&'r Ran, &'static str)> {
    let (up, down) = ran.split_at(ran.partition_point(|ran| ran.section == SectionKind::Upgrade));
    let (up, down) = (last_touch(up, key), last_touch(down, key));
    if is.is_none() {
        return down.or(up).map(|ran| (ran, "dropped here and not recreated")).into_iter().collect();
    }
    let words = match (was, down) {
        (None, None) => "created here and not dropped again",
        (None, Some(_)) => "created here",
        (Some(_), None) => "changed here and not changed back",
        (Some(_), Some(_)) => "changed here",
    };
    let down = down.map(|ran| (ran, "created like this here"));
    up.map(|ran| (ran, words)).into_iter().chain(down).collect()
}

/// Returns the last statement that changed an object. If that statement only renamed it, returns
/// the earlier statement that created it. Returns `None` if no statement changed it.
fn last_touch<'r>(ran: &'r [Ran], key: &Key) -> Option<&'r Ran> {
    let at = ran.iter().rposition(|ran| ran.changes.objects.contains_key(key))?;
    let (before, last) = ran.split_at_checked(at)?;
    let last = last.first()?;
    renamed_from(&last.changes, key).and_then(|other| last_touch(before, other)).or(Some(last))
}

/// Returns the previous name of a table, or `None` if it was not renamed.
fn renamed_from<'c>(changes: &'c Changes, key: &Key) -> Option<&'c Key> {
    let table = changes.objects.get(key)?.is.as_ref()?.as_table()?;
    let mut gone = changes.objects.iter().filter(|(_, change)| change.is.is_none());
    let was = |change: &Change| change.was.as_ref().is_some_and(|was| was.as_table() == Some(table));
    gone.find(|(_, change)| was(change)).map(|(key, _)| key)
}
