//! In what two schemas differ, as data; [`Display`](std::fmt::Display) tells it to a person.

mod compare;
mod words;

use std::sync::Arc;

pub use compare::differences;

use super::{Changes, Check, Column, ForeignKey, Kind, Name, Object, PrimaryKey, Table, Unique};

/// One difference: what was is what was expected, what is was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// An object was there and is not. An index or a trigger that went with its table or view is not told.
    Missing {
        /// What it was.
        kind: Kind,
        /// Its name.
        name: String,
    },
    /// An object was not there and is. An index or a trigger that came with its table or view is not told.
    LeftBehind {
        /// What it is.
        kind: Kind,
        /// Its name.
        name: String,
    },
    /// An object's name has other letters in upper case.
    Respelled {
        /// What it is.
        kind: Kind,
        /// Its name before.
        was: String,
        /// Its name after.
        is: String,
    },
    /// An index or a trigger belongs to another table or view.
    Moved {
        /// What it is.
        kind: Kind,
        /// Its name.
        name: String,
        /// What it belonged to.
        was: Name,
        /// What it belongs to.
        is: Name,
    },
    /// A column is missing (nothing is), left behind (nothing was), or is another.
    Column {
        /// The table.
        table: String,
        /// The column before.
        was: Option<Box<Column>>,
        /// The column after.
        is: Option<Box<Column>>,
    },
    /// The columns that both have stand in another order: what `SELECT *` gives, and what `INSERT` without names takes.
    ColumnOrder {
        /// The table.
        table: String,
        /// The columns before.
        was: Vec<String>,
        /// The columns after.
        is: Vec<String>,
    },
    /// A constraint is missing, left behind, or is another. One that went or came with a column is not told.
    Constraint {
        /// The table.
        table: String,
        /// The constraint before.
        was: Option<Constraint>,
        /// The constraint after.
        is: Option<Constraint>,
    },
    /// A table has lost an option, or gained it.
    TableOption {
        /// The table.
        table: String,
        /// The option.
        option: TableOption,
        /// Whether it had it before.
        was: bool,
    },
    /// An index, a view, a trigger, a virtual table, or a table that the grammar cannot read, is another.
    Definition {
        /// The object before.
        was: Arc<Object>,
        /// The object after.
        is: Arc<Object>,
    },
}

/// A constraint of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Constraint {
    /// `PRIMARY KEY`.
    PrimaryKey(PrimaryKey),
    /// `UNIQUE`.
    Unique(Unique),
    /// `CHECK`.
    Check(Check),
    /// `FOREIGN KEY`.
    ForeignKey(ForeignKey),
}

impl Constraint {
    /// The constraints of a table, but for NOT NULL, which belongs to its column.
    #[must_use]
    pub fn all(table: &Table) -> Vec<Self> {
        let primary_key = table.primary_key.iter().cloned().map(Self::PrimaryKey);
        let unique = table.unique.iter().cloned().map(Self::Unique);
        let foreign_keys = table.foreign_keys.iter().cloned().map(Self::ForeignKey);
        let checks = table.checks.iter().cloned().map(Self::Check);
        primary_key.chain(unique).chain(foreign_keys).chain(checks).collect()
    }

    /// The words for its kind.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::PrimaryKey(_) => "primary key",
            Self::Unique(_) => "unique constraint",
            Self::Check(_) => "check constraint",
            Self::ForeignKey(_) => "foreign key",
        }
    }
}

/// An option of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableOption {
    /// `STRICT`.
    Strict,
    /// `WITHOUT ROWID`.
    WithoutRowid,
}

impl TableOption {
    /// Its keywords.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Strict => "STRICT",
            Self::WithoutRowid => "WITHOUT ROWID",
        }
    }
}

/// Changes in words: one sentence fragment a difference.
#[must_use]
pub fn tell(changes: &Changes) -> Vec<String> {
    differences(changes).iter().map(ToString::to_string).collect()
}
