//! A table before and after a change.

use std::collections::BTreeSet;

use aludel_core::schema::Detected;
use aludel_core::schema::{Column, Definition, Event, Index, IndexTerm, Indexed, Kind, Name, Schema, Table};
use rusqlite::Connection;

use super::operation::Way;
use super::plan::Errand;
use super::rows::mend::{Term, any_parent, unique_keys};
use super::rows::stand_in::StandIns;
use super::schema_diff::SchemaDiff;

/// A table that changes.
pub(super) struct Changed<'a> {
    pub(super) name: &'a str,
    pub(super) was: &'a Table,
    pub(super) is: &'a Table,
    pub(super) before: &'a Schema,
    pub(super) target: &'a Schema,
    pub(super) way: Way,
    /// `true` if values that new constraints reject are replaced.
    pub(super) mends: bool,
    /// The detected changes to the table.
    pub(super) detected: Vec<&'a Detected>,
    pub(super) connection: &'a Connection,
    /// The keys by which the rows were unique before the change.
    pub(super) unique_before: Vec<Vec<Term>>,
    /// The columns whose values must be unique.
    keys: BTreeSet<Name>,
}

impl<'a> Changed<'a> {
    pub(super) fn new(
        name: &'a str,
        [was, is]: [&'a Table; 2],
        schema_diff: &'a SchemaDiff,
        errand: &Errand<'_>,
        connection: &'a Connection,
    ) -> Self {
        let SchemaDiff { renamed: before, target, detected, .. } = schema_diff;
        Self {
            name,
            was,
            is,
            before,
            target,
            way: errand.way,
            mends: errand.mends,
            detected: detected.iter().filter(|detected| detected.table() == Some(name)).collect(),
            connection,
            unique_before: unique_keys(name, before),
            keys: keys(name, [was, is], target),
        }
    }

    pub(super) fn schemas(&self) -> [&'a Schema; 2] {
        [self.before, self.target]
    }

    /// Returns a search for placeholder values for the table's columns.
    pub(super) fn stand_ins(&self) -> StandIns<'a> {
        StandIns { connection: self.connection, name: self.name, tables: [self.was, self.is] }
    }

    /// Returns an expression for any row of the table that a column refers to, or `None` if the
    /// column alone is not a foreign key.
    pub(super) fn any_parent(&self, column: &Column) -> Option<String> {
        let key = self.is.foreign_keys.iter().find(|key| match key.columns.as_slice() {
            [only] => only.is(&column.name),
            _ => false,
        })?;
        let parent = self.target.table(key.parent.as_str())?;
        let [referred] = *key.parent_key(parent) else { return None };
        Some(any_parent(key.parent.as_str(), referred))
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

    /// Returns the type that a STRICT table newly enforces, or `None` if it enforces none.
    pub(super) fn cast<'c>(&self, before: &Column, column: &'c Column) -> Option<&'c str> {
        let Self { was, is, mends, .. } = self;
        let same = was.strict && before.declared_type == column.declared_type;
        let of = column.declared_type.as_ref().filter(|of| !of.is("any"))?;
        (*mends && is.strict && !same && !is_alias(was, before)).then(|| of.as_str())
    }

    /// Returns `true` if updating the rows fires a trigger.
    pub(super) fn has_update_triggers(&self) -> bool {
        self.schemas().iter().any(|schema| {
            let mut triggers = schema.of_kind(Kind::Trigger).filter(|trigger| trigger.table().is(self.name));
            triggers.any(|trigger| match trigger.definition() {
                Definition::Trigger(trigger) => matches!(trigger.event, Event::Update(_)),
                _ => true,
            })
        })
    }

    /// Returns the columns that are kept, each before and after the change.
    pub(super) fn kept(&self) -> impl Iterator<Item = (&Column, &Column)> {
        self.was.columns.iter().filter_map(|was| Some((was, self.is.column(&was.name)?)))
    }
}

pub(super) fn is_alias(table: &Table, column: &Column) -> bool {
    table.rowid_alias().is_some_and(|alias| alias.name == column.name)
}

/// Returns the columns whose values alone must be unique. Each is the only column of a primary key,
/// a UNIQUE constraint or a unique index. It may also be the only new column of a longer key, if
/// the other columns were not unique before. A removed constraint still counts, because the rows
/// change before it is removed.
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
    constrained(is).into_iter().chain(of_indexes).chain(before.clone()).filter_map(alone).collect()
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
