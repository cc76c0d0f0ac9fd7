//! A table before and after.

use std::collections::{BTreeMap, BTreeSet};

use aludel_core::schema::Detected;
use aludel_core::schema::{
    Column, Definition, Index, IndexTerm, Indexed, Kind, Name, Schema, Table, identifier,
};

use super::rows::mender::any_parent;
use super::step::Mending;

/// A table that changes.
pub(super) struct Changed<'a> {
    pub(super) name: &'a str,
    pub(super) was: &'a Table,
    pub(super) is: &'a Table,
    /// The detected changes of the table.
    pub(super) detected: Vec<&'a Detected>,
    /// How refused rows are handled.
    pub(super) mending: Mending,
    /// The columns whose values must be unique.
    keys: BTreeSet<Name>,
}

impl<'a> Changed<'a> {
    pub(super) fn new(
        name: &'a str,
        [was, is]: [&'a Table; 2],
        detected: Vec<&'a Detected>,
        target: &Schema,
    ) -> Self {
        Self { name, was, is, detected, mending: Mending::No, keys: keys(name, [was, is], target) }
    }

    /// Returns the same table with refused rows handled in this way.
    pub(super) fn with(self, mending: Mending) -> Self {
        Self { mending, ..self }
    }

    /// Returns any row of the table that a column refers to, if refused rows are handled.
    pub(super) fn any_parent(&self, column: &Column, target: &Schema) -> Option<String> {
        let key = self.is.foreign_keys.iter().find(|key| match key.columns.as_slice() {
            [only] => only.is(&column.name),
            _ => false,
        })?;
        let parent = target.table(key.parent.as_str())?;
        let of_key = || parent.primary_key.as_ref()?.columns.first().map(|key| key.column.clone());
        let parent_column = key.parent_columns.first().cloned().or_else(of_key)?;
        (self.mending != Mending::No).then(|| any_parent(key.parent.as_str(), &parent_column))
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

    /// Returns the type that a STRICT table newly enforces, if refused rows are handled.
    pub(super) fn cast<'c>(&self, before: &Column, column: &'c Column) -> Option<&'c str> {
        let Self { was, is, mending, .. } = self;
        let same = was.strict && before.declared_type == column.declared_type;
        let of = column.declared_type.as_ref().filter(|of| !of.is("any"))?;
        (*mending == Mending::Yes && is.strict && !same && !is_alias(was, before)).then(|| of.as_str())
    }

    /// Returns the casts of columns, as expressions over the old row.
    pub(super) fn casts(&self) -> BTreeMap<Name, String> {
        let cast = |(was, is): (&Column, &Column)| {
            let value = format!("CAST({} AS {})", identifier(&was.name), self.cast(was, is)?);
            Some((Name::new(is.name.as_str()), value))
        };
        self.kept().filter(|(_, is)| is.generated.is_none()).filter_map(cast).collect()
    }

    /// Returns the columns that stay, before and after.
    pub(super) fn kept(&self) -> impl Iterator<Item = (&Column, &Column)> {
        self.was.columns.iter().filter_map(|was| Some((was, self.is.column(&was.name)?)))
    }
}

pub(super) fn is_alias(table: &Table, column: &Column) -> bool {
    table.rowid_alias().is_some_and(|alias| alias.name == column.name)
}

/// Returns the columns whose values alone must be unique: the only column of a primary key, a
/// UNIQUE constraint or a unique index, or a new column of several if the others were not unique
/// before.
fn keys(name: &str, [was, is]: [&Table; 2], schema: &Schema) -> BTreeSet<Name> {
    let of_table = Name::new(name);
    let indexes = schema.of_kind(Kind::Index).filter(|index| *index.table() == of_table);
    let of_indexes = indexes.filter_map(|index| match index.definition() {
        Definition::Index(Index { unique: true, terms, .. }) => {
            Some(terms.iter().filter_map(column_of).collect())
        }
        _ => None,
    });
    let before = constrained(was);
    let alone = |columns: Vec<Name>| match columns.as_slice() {
        [only] => Some(only.clone()),
        several => {
            let is_there = |column: &Name| was.column(column.as_str()).is_some();
            let differ = before.iter().any(|key| key.iter().all(|column| several.contains(column)));
            several.iter().find(|column| !is_there(column)).filter(|_| !differ).cloned()
        }
    };
    constrained(is).into_iter().chain(of_indexes).filter_map(alone).collect()
}

fn constrained(table: &Table) -> Vec<Vec<Name>> {
    let keys =
        table.primary_key.iter().map(|key| &key.columns).chain(table.unique.iter().map(|key| &key.columns));
    keys.map(|columns| columns.iter().map(|key| key.column.clone()).collect()).collect()
}

fn column_of(term: &IndexTerm) -> Option<Name> {
    match &term.what {
        Indexed::Column(column) => Some(column.clone()),
        Indexed::Expression(_) => None,
    }
}
