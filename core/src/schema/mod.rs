//! A database's schema as data: reading it from SQLite, comparing two, telling the difference.
//!
//! Read are tables with their columns, keys and foreign keys, indexes, views and triggers, as SQLite's pragmas tell them. What SQLite
//! keeps for itself (`sqlite_*`) and tables that the reader is told to ignore never count. A schema knows no revisions.

mod difference;
pub mod sqlite;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use difference::tell;

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

/// An object and what is known of it. Two are equal when what is compared of them is.
#[derive(Debug, Clone, Eq)]
pub struct Object {
    /// The table that an index or a trigger belongs to; else its own name.
    pub table: String,
    /// The text that SQLite keeps. It is not compared.
    pub sql: String,
    /// What is compared.
    pub detail: Detail,
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.table == other.table && self.detail == other.detail
    }
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

/// An object's kind and name.
pub type Key = (Kind, String);

/// The schema of a database: its objects by kind and name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Schema {
    /// The objects.
    pub objects: BTreeMap<Key, Arc<Object>>,
}

/// What an object was and is; nothing where it was or is not there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Before.
    pub was: Option<Arc<Object>>,
    /// After.
    pub is: Option<Arc<Object>>,
}

/// What changed between two moments. Comparing what a script changed with what its downgrade changed back takes no longer than the two
/// changes are large, however many other objects there are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// The objects that changed.
    pub objects: BTreeMap<Key, Change>,
}

impl Changes {
    /// What changed from one schema to another.
    #[must_use]
    pub fn between(was: &Schema, is: &Schema) -> Self {
        let mut changes = Self::default();
        for (key, object) in &was.objects {
            changes.add(key.clone(), Some(Arc::clone(object)), is.objects.get(key).map(Arc::clone));
        }
        for (key, object) in is.objects.iter().filter(|(key, _)| !was.objects.contains_key(*key)) {
            changes.add(key.clone(), None, Some(Arc::clone(object)));
        }
        changes
    }

    /// These changes and then others, as one: what was changed back is no change.
    #[must_use]
    pub fn then(mut self, later: Self) -> Self {
        for (key, change) in later.objects {
            let was = self.objects.remove(&key).map_or(change.was, |earlier| earlier.was);
            self.add(key, was, change.is);
        }
        self
    }

    /// Whether anything changed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.objects.is_empty()
    }

    fn add(&mut self, key: Key, was: Option<Arc<Object>>, is: Option<Arc<Object>>) {
        let same = match (&was, &is) {
            (Some(was), Some(is)) => Arc::ptr_eq(was, is) || was == is,
            (None, None) => true,
            _ => false,
        };
        if !same {
            self.objects.insert(key, Change { was, is });
        }
    }
}
