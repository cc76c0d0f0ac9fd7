//! A table before and after.

use std::collections::BTreeSet;

use super::mend::any_parent;
use super::step::Mending;
use crate::schema::Detected;
use crate::schema::{Column, Definition, Index, IndexTerm, Indexed, Kind, Name, Schema, Table};

/// A table that changes.
pub(super) struct Changed<'a> {
    pub(super) name: &'a str,
    pub(super) was: &'a Table,
    pub(super) is: &'a Table,
    /// What changes of it.
    pub(super) detected: Vec<&'a Detected>,
    /// Whether rows are mended.
    pub(super) mending: Mending,
    /// The columns of which no two rows may have the same value.
    keys: BTreeSet<Name>,
}

impl<'a> Changed<'a> {
    pub(super) fn new(
        name: &'a str,
        [was, is]: [&'a Table; 2],
        detected: Vec<&'a Detected>,
        target: &Schema,
    ) -> Self {
        Self { name, was, is, detected, mending: Mending::No, keys: keys(name, is, target) }
    }

    /// The same table, with rows that are mended, or not.
    pub(super) fn with(self, mending: Mending) -> Self {
        Self { mending, ..self }
    }

    /// Any row of the table that a column refers to, where rows are mended.
    pub(super) fn any_parent(&self, column: &Column, target: &Schema) -> Option<String> {
        let key = self.is.foreign_keys.iter().find(|key| match key.columns.as_slice() {
            [only] => only.is(&column.name),
            _ => false,
        })?;
        let parent = target.table(key.parent.as_str())?;
        let of_key = || parent.primary_key.as_ref()?.columns.first().map(|key| key.column.clone());
        let parent_column = key.parent_columns.first().cloned().or_else(of_key)?;
        (self.mending == Mending::Yes).then(|| any_parent(key.parent.as_str(), &parent_column))
    }

    pub(super) fn must_differ(&self, column: &Column) -> bool {
        self.keys.contains(&Name::new(column.name.as_str()))
    }

    pub(super) fn added(&self) -> impl Iterator<Item = &Column> {
        self.is.columns.iter().filter(|column| self.was.column(&column.name).is_none())
    }

    pub(super) fn removed(&self) -> impl Iterator<Item = &Column> {
        self.was.columns.iter().filter(|column| self.is.column(&column.name).is_none())
    }

    /// The columns that stay, before and after.
    pub(super) fn kept(&self) -> impl Iterator<Item = (&Column, &Column)> {
        self.was.columns.iter().filter_map(|was| Some((was, self.is.column(&was.name)?)))
    }
}

/// The columns that are alone in a primary key, a UNIQUE constraint or a unique index.
fn keys(name: &str, table: &Table, schema: &Schema) -> BTreeSet<Name> {
    let name = Name::new(name);
    let constraints =
        table.primary_key.iter().map(|key| &key.columns).chain(table.unique.iter().map(|key| &key.columns));
    let of_constraints = constraints.filter_map(|columns| match columns.as_slice() {
        [only] => Some(only.column.clone()),
        _ => None,
    });
    let indexes = schema.of_kind(Kind::Index).filter(|index| *index.table() == name);
    let of_indexes = indexes.filter_map(|index| match index.definition() {
        Definition::Index(Index { unique: true, terms, .. }) => match terms.as_slice() {
            [IndexTerm { what: Indexed::Column(column), .. }] => Some(column.clone()),
            _ => None,
        },
        _ => None,
    });
    of_constraints.chain(of_indexes).collect()
}
