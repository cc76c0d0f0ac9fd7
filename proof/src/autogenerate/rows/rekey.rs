//! Converts foreign key values when the key that they refer to changes: looks up the new key of the
//! same parent row.
//!
//! The new key may be a different column (`REFERENCES p (id)`, then `REFERENCES p (code)`), or the
//! same column with different values, such as text that becomes an INTEGER PRIMARY KEY. The new key
//! is looked up in the old parent table, and the child table is changed first. If only the new
//! parent table has the new key, it is looked up there, as long as that table still has the old
//! key.

use aludel_core::schema::{Column, ForeignKey, Name, Schema, Table, identifier};

use super::numbering::Numbering;
use crate::schema::rebuild::rowid_word;

/// The maximum length of a chain of foreign keys that is followed.
const DEPTH: usize = 4;

/// A column whose values change because the key of its parent changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::autogenerate) struct Rekey {
    /// The child column, by its new name.
    pub(in crate::autogenerate) column: String,
    /// The new value, as an expression over the old row.
    pub(in crate::autogenerate) value: String,
    /// `true` if the parent table must be rebuilt before this column changes.
    pub(in crate::autogenerate) after_its_parent: bool,
    /// The question.
    pub(in crate::autogenerate) review: String,
}

/// Finds the columns that refer to a different key than before.
#[derive(Debug, Clone, Copy)]
pub(in crate::autogenerate) struct Rekeys<'a> {
    pub(in crate::autogenerate) before: &'a Schema,
    pub(in crate::autogenerate) after: &'a Schema,
}

impl Rekeys<'_> {
    /// Returns the columns of a table whose values change.
    pub(in crate::autogenerate) fn of(self, table: &str) -> Vec<Rekey> {
        self.within(table, DEPTH)
    }

    /// Returns the expression that turns a column into an INTEGER PRIMARY KEY. Integers stay, and
    /// any other value is replaced with an unused number. Returns `None` if the column does not
    /// become such a key.
    pub(in crate::autogenerate) fn number(self, table: &str, column: &str) -> Option<String> {
        let (was, is) = (self.before.table(table)?, self.after.table(table)?);
        let before = was.column(column)?;
        let is_alias =
            |of: &Table| of.rowid_alias().is_some_and(|alias| alias.name.eq_ignore_ascii_case(column));
        let holds_numbers =
            before.declared_type.as_ref().is_some_and(|of| of.folded().contains("int")) || is_alias(was);
        let is_key = was.primary_key.as_ref().is_some_and(|key| match key.columns.as_slice() {
            [only] => only.column.is(column),
            _ => false,
        });
        if holds_numbers || !is_key || !is_alias(is) {
            return None;
        }
        let (own, number) = (identifier(&before.name), Numbering::of(table, was)?.number);
        let whole = format!("CAST({own} AS INTEGER)");
        Some(format!(
            "CASE WHEN CAST({whole} AS TEXT) = {own} THEN {whole} ELSE (SELECT max({whole}) FROM {}) + {number} END",
            identifier(table)
        ))
    }

    fn within(self, table: &str, depth: usize) -> Vec<Rekey> {
        let sides = self.before.table(table).zip(self.after.table(table));
        let Some((was, is)) = sides.filter(|_| depth > 0) else { return Vec::new() };
        is.foreign_keys.iter().filter_map(|key| self.rekey(table, [was, is], key, depth)).collect()
    }

    fn rekey(self, table: &str, [was, is]: [&Table; 2], key: &ForeignKey, depth: usize) -> Option<Rekey> {
        let parent = key.parent.as_str();
        let (parent_was, parent_is) = (self.before.table(parent)?, self.after.table(parent)?);
        let (column, new) = (only(&key.columns)?, referred(key, parent_is)?);
        let before = same_reference(key, was, is)?;
        let (own, old) = (only(&before.columns)?, referred(before, parent_was)?);
        let in_old = self.value(parent, [parent_was, parent_is], new, depth - 1);
        if old == new && in_old.as_ref().is_none_or(|value| *value == identifier(new.as_str())) {
            return None;
        }
        let stays =
            || parent_is.column(old.as_str()).is_some() && self.number(parent, old.as_str()).is_none();
        let (value, after_its_parent) = match in_old {
            Some(value) => (value, false),
            None => stays().then(|| (identifier(new.as_str()), true))?,
        };
        let (other, from) = if key.parent.is(table) {
            let alias = if key.parent.is("other") { "another" } else { "other" };
            (alias.to_owned(), format!("{} AS {alias}", identifier(parent)))
        } else {
            (identifier(parent), identifier(parent))
        };
        let condition = format!(
            "{other}.{} = {}.{}",
            identifier(old.as_str()),
            identifier(table),
            identifier(own.as_str())
        );
        let column = &is.column(column.as_str())?.name;
        Some(Rekey {
            column: column.clone(),
            value: format!("(SELECT {value} FROM {from} WHERE {condition})"),
            after_its_parent,
            review: if old == new {
                format!("`{table}.{column}` follows the new values of `{parent}.{new}`: is that right?")
            } else {
                format!(
                    "`{table}.{column}` now refers to `{parent}.{new}` instead of `{parent}.{old}`, and keeps its rows: is that right?"
                )
            },
        })
    }

    /// Returns the new value of a column as an expression over the old row, or `None` if the old
    /// row does not determine it.
    fn value(self, table: &str, [was, is]: [&Table; 2], column: &Name, depth: usize) -> Option<String> {
        if let Some(number) = self.number(table, column.as_str()) {
            return Some(number);
        }
        if let Some(rekey) = self.within(table, depth).into_iter().find(|rekey| column.is(&rekey.column)) {
            return (!rekey.after_its_parent).then_some(rekey.value);
        }
        if let Some(before) = was.column(column.as_str()) {
            return Some(identifier(&before.name));
        }
        let is_alias = |alias: &Column| column.is(&alias.name);
        is.rowid_alias().filter(|alias| is_alias(alias)).and_then(|_| rowid_word(was)).map(str::to_owned)
    }
}

/// Returns the earlier reference that a foreign key replaces: the reference of the same column, or
/// else the only reference to the same parent whose column is dropped. Returns `None` if there is
/// none.
fn same_reference<'t>(key: &ForeignKey, was: &'t Table, is: &Table) -> Option<&'t ForeignKey> {
    let to_parent = || was.foreign_keys.iter().filter(|other| other.parent == key.parent);
    let column = only(&key.columns)?;
    if was.column(column.as_str()).is_some() {
        return to_parent().find(|other| other.columns == key.columns);
    }
    let goes =
        |other: &&ForeignKey| only(&other.columns).is_some_and(|column| is.column(column.as_str()).is_none());
    let comes = |other: &&ForeignKey| {
        other.parent == key.parent
            && only(&other.columns).is_some_and(|column| was.column(column.as_str()).is_none())
    };
    let (mut gone, new) = (to_parent().filter(goes), is.foreign_keys.iter().filter(comes).count());
    gone.next().filter(|_| new == 1 && gone.next().is_none())
}

/// Returns the only column that a foreign key refers to, or `None` if it refers to more than one.
fn referred<'k>(key: &'k ForeignKey, parent: &'k Table) -> Option<&'k Name> {
    match key.parent_key(parent).as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

fn only(columns: &[Name]) -> Option<&Name> {
    if let [only] = columns { Some(only) } else { None }
}
