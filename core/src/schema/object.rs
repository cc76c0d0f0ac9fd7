//! An object in a schema: its text and its parsed definition.

use std::sync::{Arc, OnceLock};

use super::{Index, Name, Table, Trigger, View, VirtualTable, sqlite};

/// The kind of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A table, including virtual tables.
    Table,
    /// An index created by `CREATE INDEX`.
    Index,
    /// A view.
    View,
    /// A trigger.
    Trigger,
}

impl Kind {
    /// Returns the word for the kind.
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

/// The kind and name of an object.
pub type Key = (Kind, Name);

/// The part of an object that is compared.
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
    /// SQL that SQLite accepts but the grammar cannot parse. It is stored as tokens, with names in
    /// lowercase and without quotes.
    Unread(Vec<String>),
}

/// An object: a row of `sqlite_schema`.
///
/// Its definition is parsed from its text on first use. Objects with the same text are equal
/// without being parsed, so a thousand unchanged tables cost nothing.
#[derive(Debug, Clone)]
pub struct Object {
    kind: Kind,
    name: String,
    table: Name,
    sql: String,
    /// The table of an index, from which the index inherits collations.
    on: Option<Arc<Object>>,
    definition: OnceLock<Definition>,
}

impl Object {
    /// Creates a table, a view or a trigger from the text that SQLite stores. `table` is the table
    /// or view that a trigger belongs to. For a table or view, it is the object's own name.
    #[must_use]
    pub fn new(kind: Kind, name: String, table: &str, sql: String) -> Self {
        Self { kind, name, table: Name::new(table), sql, on: None, definition: OnceLock::new() }
    }

    /// Creates an index on a table, from the text that SQLite stores.
    #[must_use]
    pub fn index(name: String, table: &Arc<Object>, sql: String) -> Self {
        Self { on: Some(Arc::clone(table)), ..Self::new(Kind::Index, name, table.name(), sql) }
    }

    /// Returns the kind.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Returns the name. Its case matters, because it is visible when the schema is listed.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the kind and name.
    #[must_use]
    pub fn key(&self) -> Key {
        (self.kind, Name::new(self.name.as_str()))
    }

    /// Returns the table or view that an index or a trigger belongs to. For any other object,
    /// returns its own name.
    #[must_use]
    pub fn table(&self) -> &Name {
        &self.table
    }

    /// Returns the text that SQLite stores.
    #[must_use]
    pub fn sql(&self) -> &str {
        &self.sql
    }

    /// Returns the part that is compared.
    #[must_use]
    pub fn definition(&self) -> &Definition {
        self.definition.get_or_init(|| sqlite::define(self))
    }

    /// Returns the columns and constraints of an ordinary table, or `None` for other objects.
    #[must_use]
    pub fn as_table(&self) -> Option<&Table> {
        match self.definition() {
            Definition::Table(table) if self.kind == Kind::Table => Some(table),
            _ => None,
        }
    }

    /// Returns the table of an index, or `None` for other objects.
    pub(super) fn on(&self) -> Option<&Arc<Object>> {
        self.on.as_ref()
    }

    /// Returns `true` if two objects have the same text, and therefore the same definition. Does
    /// not parse anything.
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
