//! Objects that SQLite stores as text and interprets when they are used: views, triggers and
//! virtual tables.

use super::{Expression, Name};

/// A view (<https://sqlite.org/lang_createview.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The column names, if they are listed before the SELECT.
    pub columns: Vec<String>,
    /// The SELECT. Readers of the view see the names that it defines with `AS`, so the case of
    /// those names matters.
    pub select: Expression,
}

/// A trigger (<https://sqlite.org/lang_createtrigger.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// The table or view.
    pub table: Name,
    /// When the trigger fires.
    pub timing: Timing,
    /// The event that fires the trigger.
    pub event: Event,
    /// `WHEN`.
    pub condition: Option<Expression>,
    /// The statements, in order.
    pub body: Vec<Expression>,
}

/// When a trigger fires.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Timing {
    /// Before the change. This is SQLite's default.
    #[default]
    Before,
    /// After the change.
    After,
    /// Instead of a change to a view.
    InsteadOf,
}

/// The event that fires a trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A row is deleted.
    Delete,
    /// A row is inserted.
    Insert,
    /// A row is updated in one of these columns, sorted, or in any column if the list is empty.
    Update(Vec<Name>),
}

/// A virtual table (<https://sqlite.org/vtab.html>). Only its module knows its columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualTable {
    /// The module.
    pub module: Name,
    /// The module's arguments. Only the module knows their meaning, so they are compared exactly,
    /// except for spacing.
    pub arguments: Vec<String>,
}

impl VirtualTable {
    /// Returns the content table of an FTS table, or `None` if the table has no external content
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
