//! What SQLite keeps as text and runs when it is used: views, triggers and virtual tables.

use super::{Expression, Name};

/// A view (<https://sqlite.org/lang_createview.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// The names of its columns, where they are written before the SELECT.
    pub columns: Vec<String>,
    /// What it shows. A name given with `AS` is seen by whoever reads the view, and is compared letter by letter.
    pub select: Expression,
}

/// A trigger (<https://sqlite.org/lang_createtrigger.html>).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// The table or view.
    pub table: Name,
    /// When it fires.
    pub timing: Timing,
    /// At what.
    pub event: Event,
    /// `WHEN`.
    pub condition: Option<Expression>,
    /// Its statements in order.
    pub body: Vec<Expression>,
}

/// When a trigger fires.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Timing {
    /// Before the change; what SQLite takes where nothing is written.
    #[default]
    Before,
    /// After the change.
    After,
    /// Instead of a change of a view.
    InsteadOf,
}

/// What a trigger fires at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A row that is deleted.
    Delete,
    /// A row that is inserted.
    Insert,
    /// A row that is updated: one of these columns, sorted, or any where none is named.
    Update(Vec<Name>),
}

/// A virtual table (<https://sqlite.org/vtab.html>). Its columns are known to its module alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualTable {
    /// The module.
    pub module: Name,
    /// What the module is told. Each has a meaning that only the module knows: but for spacing, they are compared letter by letter.
    pub arguments: Vec<String>,
}

impl VirtualTable {
    /// The table that holds what an FTS table indexes, if it holds none of it itself (<https://sqlite.org/fts5.html#external_content_tables>).
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
