//! A database's schema as data: reading it from SQLite, comparing two, telling the difference, writing it as DDL.
//!
//! A [`Schema`] holds objects: tables, indexes, views and triggers, each with the text that SQLite keeps and the [`Definition`] that the
//! grammar reads in it. What SQLite keeps for itself (`sqlite_*`), what a virtual table keeps in tables of its own, and tables that the
//! reader is told to ignore never count. A schema knows no revisions.
//!
//! # When two are equal
//!
//! Two schemas are equal when SQLite behaves the same with both, and a person who lists them sees the same names.
//!
//! These do not matter: spacing and comments; the case of keywords; how names are quoted; parentheses that change nothing; the order of
//! constraints, one that stands twice, and whether it stands beside its column or after all columns; what is written although it is so
//! anyway (`ASC`, `COLLATE BINARY`, `ON CONFLICT ABORT`, `NO ACTION`, `DEFAULT NULL`, `NULL`, `MATCH`, `NOT NULL` of a rowid, `main.`,
//! `IF NOT EXISTS`, `FOR EACH ROW`).
//!
//! Whether a foreign key names its parent's columns, where they are the primary key, matters to no comparison with a wanted schema.
//!
//! These matter: the order of columns; the declared type, but not its case or spacing; the names of constraints, which `ALTER TABLE …
//! DROP CONSTRAINT` and messages use. The case of a name matters where something is named (tables, columns, constraints and the other
//! objects), since people see it; not where it is referred to.
//!
//! A text that SQLite took and the grammar cannot read is compared by its tokens ([`Definition::Unread`]): nothing is lost, but only
//! spacing, comments, case and quotes are overlooked.

mod canonical;
mod changes;
mod ddl;
mod detected;
mod difference;
mod expression;
mod fingerprint;
mod index;
mod name;
mod neighbours;
mod object;
mod program;
mod said;
pub mod sqlite;

mod table;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use changes::{Change, Changes};
pub use ddl::parents_first;
pub use detected::{ColumnChange, Detected, detect};
pub use difference::{Constraint, Difference, TableOption, differences, tell};
pub use expression::Expression;
pub use fingerprint::Fingerprint;
pub use index::{Index, IndexTerm, Indexed};
pub use name::{Name, identifier};
pub use neighbours::{OF_MIGRATION_TOOLS, OF_REPLICATION};
pub use object::{Definition, Key, Kind, Object};
pub use program::{Event, Timing, Trigger, View, VirtualTable};
pub use said::{Beside, Said};
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
    /// An object by its kind and name.
    #[must_use]
    pub fn object(&self, kind: Kind, name: &str) -> Option<&Arc<Object>> {
        self.objects.get(&(kind, Name::new(name)))
    }

    /// Whether something has this name, whatever it is.
    #[must_use]
    pub fn holds(&self, name: &str) -> bool {
        self.objects.keys().any(|(_, other)| other.is(name))
    }

    /// The objects of one kind, by name.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = &Arc<Object>> {
        let from_here = self.objects.range((kind, Name::default())..);
        from_here.take_while(move |((other, _), _)| *other == kind).map(|(_, object)| object)
    }

    /// The ordinary tables, by name.
    pub fn tables(&self) -> impl Iterator<Item = (&str, &Table)> {
        self.of_kind(Kind::Table).filter_map(|object| Some((object.name(), object.as_table()?)))
    }

    /// Keeps those tables and views that are taken, by their names, with what belongs to them.
    pub fn retain_tables(&mut self, is_taken: impl Fn(&str) -> bool) {
        self.objects.retain(|_, object| is_taken(object.table().as_str()));
    }

    /// An ordinary table by its name.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.object(Kind::Table, name)?.as_table()
    }
}
