//! `foreign-key-mismatch`, `foreign-key-without-index` and `nullable-primary-key`.
//!
//! A later script may create a parent or an index. Therefore, all three are checked at the head,
//! and reported at the script that created the key.

mod columns;
mod index;
mod mismatch;
mod nullable;
mod place;

use std::collections::BTreeMap;
use std::ops::Range;

use aludel_core::chain::Assembled;
use aludel_core::graph::Index;
use aludel_core::schema::{Changes, ForeignKey, Key, Kind, Name, Object, Schema};
use aludel_core::script::{ParsedScript, SectionKind};
use rusqlite::Connection;

use super::Finding;
use super::drops::drop_of;
use super::statement::{help_after_rename, renamed_then_dropped};
use mismatch::Mismatch;
use nullable::takes_null;

pub(super) use index::LINT as WITHOUT_INDEX;
pub(super) use mismatch::LINT as MISMATCH;
pub(super) use nullable::LINT as NULLABLE;

/// The scripts that created the keys.
#[derive(Debug, Default)]
pub(super) struct Introduced {
    foreign: BTreeMap<(Name, ForeignKey), Index>,
    primary: BTreeMap<Name, Index>,
    /// For each table, the last script that dropped it or one of its indexes, and the dropped
    /// object.
    gone: BTreeMap<Name, (Index, Key)>,
}

impl Introduced {
    /// Records the keys that an upgrade created.
    pub(super) fn note(&mut self, script: Index, made: &Changes) {
        for (key, change) in made.objects.iter().rev().filter(|(_, change)| change.is.is_none()) {
            let table = change.was.as_ref().map(|was| was.table().clone()).unwrap_or_default();
            if matches!(key.0, Kind::Table | Kind::Index) {
                self.gone.insert(table, (script, key.clone()));
            }
        }
        for ((_, name), change) in made.objects.iter().filter(|((kind, _), _)| *kind == Kind::Table) {
            let (was, is) = (
                change.was.as_deref().and_then(Object::as_table),
                change.is.as_deref().and_then(Object::as_table),
            );
            let Some(is) = is else { continue };
            let old = |key: &ForeignKey| was.is_some_and(|was| was.foreign_keys.contains(key));
            for key in is.foreign_keys.iter().filter(|key| !old(key)) {
                self.foreign.insert((name.clone(), key.clone()), script);
            }
            if was.is_none_or(|was| !takes_null(was)) {
                self.primary.insert(name.clone(), script);
            }
        }
    }
}

/// Reports foreign keys that do not refer to a key or have no index, and primary keys that accept
/// NULL.
pub(super) fn check(
    assembled: &Assembled,
    connection: &Connection,
    schema: &Schema,
    introduced: &Introduced,
    is_whole: bool,
) -> Vec<(Index, Finding)> {
    let mut found = Vec::new();
    for (name, table) in schema.tables() {
        let refusal = if table.foreign_keys.is_empty() { None } else { mismatch::refusal(connection, name) };
        for key in &table.foreign_keys {
            let made_by = introduced.foreign.get(&(Name::new(name), key.clone()));
            let Some((index, script)) = script_of(assembled, made_by) else { continue };
            let place = || place::of_foreign_key(script, name, key);
            match mismatch::check(schema, refusal.as_deref(), key) {
                // A script that did not run may create the parent.
                Some(Mismatch::NoParent) if !is_whole => {}
                Some(mismatch) => {
                    let taken = taken_away(assembled, introduced, index, &key.parent);
                    let (index, place) = taken.unwrap_or_else(|| (index, place()));
                    let mut finding = mismatch.finding(place, name, key);
                    let by_rename =
                        assembled.scripts.get(index).and_then(|script| after_rename(script, name, key));
                    if let (Mismatch::NoParent, Some(help)) = (&mismatch, by_rename) {
                        finding.help = help;
                    }
                    found.push((index, finding));
                }
                None if index::is_there(schema, name, table, &key.columns) => {}
                None => found.push((index, index::finding(place(), name, key))),
            }
        }
        if takes_null(table)
            && let Some((index, script)) = script_of(assembled, introduced.primary.get(&Name::new(name)))
        {
            found.push((index, nullable::finding(place::of_table(script, name), name)));
        }
    }
    found
}

/// Returns the help for a foreign key whose parent a script renamed and then dropped under its new
/// name. Returns `None` if the script did not do this.
fn after_rename(script: &ParsedScript, child: &str, key: &ForeignKey) -> Option<String> {
    let parent = key.parent.as_str();
    let was = renamed_then_dropped(script, SectionKind::Upgrade, parent)?;
    Some(help_after_rename(child, (&was, parent)))
}

/// Returns the place where a later script dropped the parent or one of its indexes, or `None` if
/// none did.
fn taken_away(
    assembled: &Assembled,
    introduced: &Introduced,
    made_by: Index,
    parent: &Name,
) -> Option<(Index, Range<usize>)> {
    let (index, (kind, name)) = introduced.gone.get(parent)?;
    let script = assembled.scripts.get(*index).filter(|_| *index > made_by)?;
    Some((*index, drop_of(script, SectionKind::Upgrade, *kind, name.as_str())?))
}

fn script_of<'a>(assembled: &'a Assembled, index: Option<&Index>) -> Option<(Index, &'a ParsedScript)> {
    Some((*index?, assembled.scripts.get(*index?)?))
}
