//! What becomes of rows that a constraint refuses which was not there before.
//!
//! Such rows get a value that stands in, as rows do that have none in a column that becomes NOT NULL: NULL where the column takes it, else
//! something of its type. Where nothing can stand in (two rows that are the same in all columns of a new key, each of which refers to another table),
//! rows are left out of the upgrade, which the header then declares; a downgrade leaves none out. A person is asked.

use std::collections::BTreeMap;

use aludel_core::schema::{
    Check, Column, Constraint, ForeignKey, Index, KeyColumn, Name, Schema, Table, identifier,
};
use rusqlite::Connection;

use super::choose::Chooser;
use super::fill::{Affinity, fill};
use super::mender::Mender;
use super::rekey::Rekeys;
use crate::autogenerate::changed::{Changed, is_alias};
use crate::autogenerate::step::{Mending, Way};
use crate::schema::mention::mentions;
use crate::schema::rebuild::rowid_word;

/// What becomes of some rows of a table.
pub(in crate::autogenerate) struct Mend {
    /// What they get, by column; nothing where they are left out.
    pub(in crate::autogenerate) values: Vec<(String, String)>,
    /// Which rows.
    pub(in crate::autogenerate) condition: String,
    pub(in crate::autogenerate) review: Option<String>,
}

impl Mend {
    /// As a statement of its own.
    pub(in crate::autogenerate) fn statement(&self, table: &str) -> String {
        let Self { values, condition, .. } = self;
        let table = identifier(table);
        if self.leaves_out() {
            return format!("DELETE FROM {table}\nWHERE {condition};");
        }
        let sets = values.iter().map(|(column, value)| format!("{} = {value}", identifier(column)));
        format!("UPDATE {table} SET {}\nWHERE {condition};", sets.collect::<Vec<_>>().join(", "))
    }

    /// As part of a copy, in place of what would be copied into a column else.
    pub(in crate::autogenerate) fn instead_of(&self, value: &str, column: &str) -> Option<String> {
        let (_, stands_in) = self.values.iter().find(|(of, _)| of == column)?;
        Some(format!("CASE WHEN {} THEN {stands_in} ELSE {value} END", self.condition))
    }

    pub(in crate::autogenerate) fn leaves_out(&self) -> bool {
        self.values.is_empty()
    }
}

/// What becomes of the rows that the new constraints of a table refuse.
pub(in crate::autogenerate) fn mends(
    changed: &Changed<'_>,
    [before, after]: [&Schema; 2],
    connection: &Connection,
    way: Way,
) -> Vec<Mend> {
    if changed.mending == Mending::No {
        return Vec::new();
    }
    let Changed { name, was, is, .. } = changed;
    let mender = Mender {
        table: name,
        was,
        is,
        way,
        mending: changed.mending,
        chooser: Chooser { connection, name, table: is, reads: was },
        casts: changed.casts(),
    };
    let filled = filled(changed, after, connection, way);
    let holds_a_cast = |sql: &str| mentions(sql, &mender.casts.keys().cloned().collect());
    let checks = is.checks.iter();
    let checks = checks.filter(|check| is_new_check(check, was) || holds_a_cast(&check.expression.written));
    let keys = is.primary_key.iter().map(|key| (&key.columns, Constraint::PrimaryKey(key.clone())));
    let keys = keys.chain(is.unique.iter().map(|key| (&key.columns, Constraint::Unique(key.clone()))));
    let keys = keys.filter(|(columns, _)| {
        let holds =
            |values: &BTreeMap<Name, String>| columns.iter().any(|key| values.contains_key(&key.column));
        is_new_key(columns, was, is) || holds(&mender.casts) || (columns.len() > 1 && holds(&filled))
    });
    let casts = mender.casts.clone().into_iter().chain(filled.clone()).collect();
    let of_keys = Mender { casts, chooser: Chooser { connection, name, table: is, reads: was }, ..mender };
    let foreign =
        is.foreign_keys.iter().filter(|key| !was.foreign_keys.iter().any(|other| refer_alike(key, other)));
    let rekeys = Rekeys { before, after }.of(name);
    let follows = |key: &&ForeignKey| {
        rekeys.iter().any(|rekey| key.columns.iter().any(|column| column.is(&rekey.column)))
    };
    let foreign = foreign.filter(|key| !follows(key));
    let checks = checks.filter_map(|check| mender.check(check));
    let keys = keys.filter_map(|(columns, constraint)| of_keys.key(columns, &format!("`{constraint}`")));
    let foreign = foreign.filter_map(|key| mender.foreign_key(key, [before, after]));
    checks.chain(keys).chain(foreign).collect()
}

/// Returns the columns that become NOT NULL, with their values after missing ones are filled in. A
/// new key compares rows by these values, so they have the type that the column gives them.
fn filled(
    changed: &Changed<'_>,
    target: &Schema,
    connection: &Connection,
    way: Way,
) -> BTreeMap<Name, String> {
    let casts = changed.casts();
    let becomes_not_null = |(before, after): &(&Column, &Column)| {
        after.not_null.is_some()
            && before.not_null.is_none()
            && after.generated.is_none()
            && !is_alias(changed.was, before)
    };
    let value = |(before, after): (&Column, &Column)| {
        let name = Name::new(after.name.as_str());
        let known = (rowid_word(changed.was), target);
        let fill = fill(connection, changed, after, known, way).value;
        let fill = match Affinity::of(after, changed.is) {
            Affinity::Text if changed.must_differ(after) => format!("CAST({fill} AS TEXT)"),
            _ => fill,
        };
        let own = casts.get(&name).cloned().unwrap_or_else(|| identifier(&before.name));
        (name, format!("coalesce({own}, {fill})"))
    };
    changed.kept().filter(becomes_not_null).map(value).collect()
}

/// What becomes of the rows that a new CHECK refuses.
pub(in crate::autogenerate) fn mend_for_check(
    changed: &Changed<'_>,
    check: &Check,
    connection: &Connection,
    way: Way,
) -> Option<Mend> {
    let Changed { name, was, is, .. } = changed;
    let mends = changed.mending != Mending::No && is_new_check(check, was);
    let chooser = Chooser { connection, name, table: is, reads: was };
    mends
        .then(|| {
            Mender { table: name, was, is, way, mending: changed.mending, chooser, casts: BTreeMap::new() }
                .check(check)
        })
        .flatten()
}

/// What becomes of the rows that a new unique index of a table refuses.
pub(in crate::autogenerate) fn mend_for_index(
    (table_name, table): (&str, &Table),
    (name, index): (&str, &Index),
    connection: &Connection,
    (way, mending): (Way, Mending),
) -> Option<Mend> {
    let chooser = Chooser { connection, name: table_name, table, reads: table };
    let mender =
        Mender { table: table_name, was: table, is: table, way, mending, chooser, casts: BTreeMap::new() };
    mender.index(index, &format!("the index `{name}`"))
}

fn is_new_check(check: &Check, was: &Table) -> bool {
    !was.checks.iter().any(|other| other.expression == check.expression)
}

/// Whether rows that were different may be the same now: other columns, or other collations.
fn is_new_key(columns: &[KeyColumn], was: &Table, is: &Table) -> bool {
    let collation = |key: &KeyColumn, table: &Table| {
        key.collation.clone().or_else(|| table.column(key.column.as_str())?.collation.clone())
    };
    let same = |before: &[KeyColumn]| {
        before.len() == columns.len()
            && before.iter().zip(columns).all(|(before, after)| {
                before.column == after.column && collation(before, was) == collation(after, is)
            })
    };
    let primary = was.primary_key.iter().map(|key| &key.columns);
    !primary.chain(was.unique.iter().map(|key| &key.columns)).any(|before| same(before))
}

fn refer_alike(key: &ForeignKey, other: &ForeignKey) -> bool {
    key.columns == other.columns && key.parent == other.parent && key.parent_columns == other.parent_columns
}
