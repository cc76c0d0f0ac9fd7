//! A table before and after.

use std::collections::BTreeSet;

use super::detected::Detected;
use crate::schema::{Column, Definition, Index, IndexTerm, Indexed, Kind, Name, Schema, Table};

/// A table that changes.
pub(super) struct Changed<'a> {
    pub(super) name: &'a str,
    pub(super) was: &'a Table,
    pub(super) is: &'a Table,
    /// What changes of it.
    pub(super) detected: Vec<&'a Detected>,
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
        Self { name, was, is, detected, keys: keys(name, is, target) }
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
