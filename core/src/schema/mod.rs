//! The schema of a database as data. This module reads it from SQLite, compares two schemas,
//! describes their differences, and writes a schema as DDL.
//!
//! A [`Schema`] contains objects: tables, indexes, views and triggers. Each has the text that
//! SQLite stores, and the [`Definition`] that the grammar parses from that text. A schema never
//! contains SQLite's own objects (`sqlite_*`), the shadow tables of virtual tables, or tables that
//! the reader ignores. A schema does not depend on revisions.
//!
//! # Equality
//!
//! Two schemas are equal if SQLite behaves the same with both of them, and a person who lists them
//! sees the same names.
//!
//! The following do not matter:
//!
//! - spacing and comments
//! - the case of keywords, and the quotes around names
//! - redundant parentheses
//! - the order of constraints, duplicate constraints, and whether a constraint is next to its
//!   column or after all columns
//! - clauses that state a default (`ASC`, `COLLATE BINARY`, `ON CONFLICT ABORT`, `NO ACTION`,
//!   `DEFAULT NULL`, `NULL`, `MATCH`, `NOT NULL` of a rowid, `main.`, `IF NOT EXISTS`,
//!   `FOR EACH ROW`)
//!
//! A comparison with a target schema also ignores whether a foreign key lists its parent columns,
//! if they are the parent's primary key.
//!
//! The following matter:
//!
//! - the order of columns
//! - the declared type, but not its case or spacing
//! - the names of constraints, which `ALTER TABLE … DROP CONSTRAINT` and messages use
//! - the case of a name where a table, column, constraint or other object is defined, because
//!   people see it, but not the case of a reference
//!
//! SQL that SQLite accepts but the grammar cannot parse is compared token by token
//! ([`Definition::Unread`]). In that case, only spacing, comments, case and quotes are ignored.

mod canonical;
mod changes;
mod ddl;
mod detected;
mod difference;
mod expression;
mod fingerprint;
mod ignored;
mod index;
mod name;
mod neighbours;
mod object;
mod program;
pub mod sqlite;

mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use changes::{Change, Changes};
pub use ddl::parents_first;
pub use detected::{ColumnChange, Detected, detect};
pub use difference::{Constraint, Difference, TableOption, describe, differences};
pub use expression::Expression;
pub use fingerprint::Fingerprint;
pub use ignored::Ignored;
pub use index::{Index, IndexTerm, Indexed};
pub use name::{Name, identifier};
pub use object::{Definition, Key, Kind, Object};
pub use program::{Event, Timing, Trigger, View, VirtualTable};
pub use table::{
    Action, Check, Column, Conflict, ForeignKey, Generated, KeyColumn, NotNull, PrimaryKey, ROWID, Table,
    Unique,
};

/// The schema of a database: its objects by kind and name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schema {
    /// The objects.
    pub objects: BTreeMap<Key, Arc<Object>>,
}

impl Schema {
    /// Returns the object with this kind and name, or `None` if there is none.
    #[must_use]
    pub fn object(&self, kind: Kind, name: &str) -> Option<&Arc<Object>> {
        self.objects.get(&(kind, Name::new(name)))
    }

    /// Returns `true` if an object of any kind has this name.
    #[must_use]
    pub fn holds(&self, name: &str) -> bool {
        self.objects.keys().any(|(_, other)| other.is(name))
    }

    /// Returns the objects of one kind, sorted by name.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Arc<Object>> {
        let from_here = self.objects.range((kind, Name::default())..);
        from_here.take_while(move |((other, _), _)| *other == kind).map(|(_, object)| object)
    }

    /// Returns the ordinary tables, sorted by name.
    pub fn tables(&self) -> impl Iterator<Item = (&str, &Table)> {
        self.of_kind(Kind::Table).filter_map(|object| Some((object.name(), object.as_table()?)))
    }

    /// Keeps only the tables and views whose names match, with their indexes and triggers.
    pub fn retain_tables(&mut self, is_taken: impl Fn(&str) -> bool) {
        self.objects.retain(|_, object| is_taken(object.table().as_str()));
    }

    /// Returns the ordinary table with this name, or `None` if there is none.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.object(Kind::Table, name)?.as_table()
    }
}
