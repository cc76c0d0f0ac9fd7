//! Objects that SQLite stores as text and interprets when they are used: views, triggers and
//! virtual tables.

use super::{Expression, Name};

/// A view (<https://sqlite.org/lang_createview.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The names of its columns, if they are listed before the SELECT.
    pub columns: Vec<String>,
    /// The SELECT. Names that it defines with `AS` are visible to readers of the view, so their
    /// case matters.
    pub select: Expression,
}

/// A trigger (<https://sqlite.org/lang_createtrigger.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// The table or view.
    pub table: Name,
    /// The time at which it fires.
    pub timing: Timing,
    /// The event that fires it.
    pub event: Event,
    /// `WHEN`.
    pub condition: Option<Expression>,
    /// Its statements, in order.
    pub body: Vec<Expression>,
}

/// The time at which a trigger fires.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Timing {
    /// Before the change. This is SQLite's default.
    #[default]
    Before,
    /// After the change.
    After,
    /// Instead of a change of a view.
    InsteadOf,
}

/// The event that fires a trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A row that is deleted.
    Delete,
    /// A row that is inserted.
    Insert,
    /// An update of a row: of one of these columns, sorted, or of any column if the list is empty.
    Update(Vec<Name>),
}

/// A virtual table (<https://sqlite.org/vtab.html>). Only its module knows its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualTable {
    /// The module.
    pub module: Name,
    /// The arguments for the module. Only the module knows their meaning, so they are compared
    /// exactly, except for spacing.
    pub arguments: Vec<String>,
}

impl VirtualTable {
    /// Returns the content table of an FTS table that does not store its own content
    /// (<https://sqlite.org/fts5.html#external_content_tables>).
    #[must_use]
    pub fn external_content(&self) -> Option<Name> {
        if !["fts4", "fts5"].iter().any(|module| self.module.is(module)) {
            return None;
        }
        self.arguments.iter().find_map(|argument| {
            let (option, value) = argument.split_once('=')?;
            let value = value.trim().trim_matches(['"', '\'', '`', '[', ']']);
            (option.trim().eq_ignore_ascii_case("content") && !value.is_empty()).then(|| Name::new(value))
        })
    }
}
