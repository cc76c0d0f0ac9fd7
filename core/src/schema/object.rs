//! An object of a schema: its text, and what is read from it.

use std::sync::{Arc, OnceLock};

use super::{Index, Name, Table, Trigger, View, VirtualTable, sqlite};

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

/// An object's kind and name.
pub type Key = (Kind, Name);

/// What is compared of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Definition {
    /// An ordinary table.
    Table(Table),
    /// A virtual table.
    VirtualTable(VirtualTable),
    /// An index.
    Index(Index),
    /// A view.
    View(View),
    /// A trigger.
    Trigger(Trigger),
    /// A text that SQLite took and the grammar here cannot read: its tokens, with names out of their quotes and in lowercase.
    Unread(Vec<String>),
}

/// An object: a row of `sqlite_schema`.
///
/// Its definition is read from its text when it is first asked for. Two objects of the same text are equal without being read, and so a
/// thousand tables that did not change cost nothing.
#[derive(Debug, Clone)]
pub struct Object {
    kind: Kind,
    name: String,
    table: Name,
    sql: String,
    /// Of an index, its table: it takes collations from it.
    on: Option<Arc<Object>>,
    definition: OnceLock<Definition>,
}

impl Object {
    /// A table or a view, or a trigger, by the text that SQLite keeps of it; `table` is what it belongs to, its own name for the first two.
    #[must_use]
    pub fn new(kind: Kind, name: String, table: &str, sql: String) -> Self {
        Self { kind, name, table: Name::new(table), sql, on: None, definition: OnceLock::new() }
    }

    /// An index, by the text that SQLite keeps of it, on a table.
    #[must_use]
    pub fn index(name: String, table: &Arc<Object>, sql: String) -> Self {
        Self { on: Some(Arc::clone(table)), ..Self::new(Kind::Index, name, table.name(), sql) }
    }

    /// What it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its name. The case of its letters is seen by whoever lists the schema, and so it counts.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its kind and name.
    #[must_use]
    pub fn key(&self) -> Key {
        (self.kind, Name::new(self.name.as_str()))
    }

    /// The table or view that an index or a trigger belongs to; else its own name.
    #[must_use]
    pub fn table(&self) -> &Name {
        &self.table
    }

    /// The text that SQLite keeps.
    #[must_use]
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// What is compared.
    #[must_use]
    pub fn definition(&self) -> &Definition {
        self.definition.get_or_init(|| sqlite::define(self))
    }

    /// The columns and constraints of an ordinary table.
    #[must_use]
    pub fn as_table(&self) -> Option<&Table> {
        match self.definition() {
            Definition::Table(table) if self.kind == Kind::Table => Some(table),
            _ => None,
        }
    }

    /// Of an index, its table.
    pub(super) fn on(&self) -> Option<&Arc<Object>> {
        self.on.as_ref()
    }

    /// Whether two objects have the same text, and so the same definition, without reading it.
    fn has_the_text_of(&self, other: &Self) -> bool {
        let on_the_same = match (&self.on, &other.on) {
            (Some(on), Some(other)) => Arc::ptr_eq(on, other) || on.sql == other.sql,
            (None, None) => true,
            _ => false,
        };
        self.sql == other.sql && on_the_same
    }
}

impl PartialEq for Object {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
            && self.name == other.name
            && self.table == other.table
            && (self.has_the_text_of(other) || self.definition() == other.definition())
    }
}

impl Eq for Object {}
