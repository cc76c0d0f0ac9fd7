//! A database's schema as data: reading it from SQLite, comparing two, telling the difference.
//!
//! Read are tables with their columns, keys and foreign keys, indexes, views and triggers, as SQLite's pragmas tell them. What SQLite
//! keeps for itself (`sqlite_*`) and tables that the reader is told to ignore never count. A schema knows no revisions.

mod difference;
pub mod sqlite;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use difference::differences;

/// What kind of object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A table, virtual ones too.
    Table,
    /// An index that was made by `CREATE INDEX`.
    Index,
    /// A view.
    View,
    /// A trigger.
    Trigger,
}

impl Kind {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::Index => "index",
            Self::View => "view",
            Self::Trigger => "trigger",
        }
    }
}

/// An object and what is known of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The table that an index or a trigger belongs to; else its own name.
    pub table: String,
    /// The text that SQLite keeps. It is not compared.
    pub sql: String,
    /// What is compared.
    pub detail: Detail,
}

/// What is compared of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Detail {
    /// Of a table.
    Table(Table),
    /// Of an index.
    Index(IndexDetail),
    /// Of a view or a trigger: that it is there.
    Present,
}

/// A table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Its columns in order.
    pub columns: Vec<Column>,
    /// The columns of each UNIQUE constraint, sorted.
    pub unique: Vec<Vec<String>>,
    /// Its foreign keys, sorted.
    pub foreign_keys: Vec<ForeignKey>,
    /// `STRICT`.
    pub strict: bool,
    /// `WITHOUT ROWID`.
    pub without_rowid: bool,
}

/// A column, as `PRAGMA table_xinfo` tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The declared type.
    pub declared_type: String,
    /// `NOT NULL`.
    pub not_null: bool,
    /// The default expression.
    pub default: Option<String>,
    /// Its place in the primary key, from 1; 0 outside of it.
    pub primary_key: i64,
    /// 0 for an ordinary column, 1 for a hidden one, 2 and 3 for a generated one, virtual and stored.
    pub hidden: i64,
}

/// A foreign key, as `PRAGMA foreign_key_list` tells it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ForeignKey {
    /// The child columns.
    pub from: Vec<String>,
    /// The parent table.
    pub parent: String,
    /// The parent columns; `None` for the primary key.
    pub to: Vec<Option<String>>,
    /// What an update of the parent does.
    pub on_update: String,
    /// What a deletion of the parent does.
    pub on_delete: String,
}

/// An index, as `PRAGMA index_list` and `PRAGMA index_xinfo` tell it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct IndexDetail {
    /// `UNIQUE`.
    pub unique: bool,
    /// It has a `WHERE`.
    pub partial: bool,
    /// Its columns in order.
    pub columns: Vec<IndexColumn>,
}

/// A column of an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IndexColumn {
    /// Its name; none for an expression.
    pub name: Option<String>,
    /// `DESC`.
    pub descending: bool,
    /// The collation.
    pub collation: String,
}

/// Objects by kind and name.
pub type Objects = BTreeMap<(Kind, String), Arc<Object>>;

/// The schema of a database.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schema {
    /// Its objects.
    pub objects: Arc<Objects>,
}
