//! The differences between two schemas, as data. [`Display`](std::fmt::Display) describes them to
//! users.

mod compare;
mod words;

use std::sync::Arc;

pub use compare::differences;

use super::{Changes, Check, Column, ForeignKey, Kind, Name, Object, PrimaryKey, Table, Unique};

/// One difference: `was` is the expected side, and `is` is the actual side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// An object is missing. A missing index or trigger is not reported if its table or view is
    /// missing as well.
    Missing {
        /// Its kind.
        kind: Kind,
        /// Its name.
        name: String,
    },
    /// An object is unexpected. An unexpected index or trigger is not reported if its table or view
    /// is unexpected as well.
    LeftBehind {
        /// Its kind.
        kind: Kind,
        /// Its name.
        name: String,
    },
    /// An object's name differs in case.
    Respelled {
        /// Its kind.
        kind: Kind,
        /// Its name before.
        was: String,
        /// Its name after.
        is: String,
    },
    /// An index or a trigger belongs to a different table or view.
    Moved {
        /// Its kind.
        kind: Kind,
        /// Its name.
        name: String,
        /// The table or view that it belonged to.
        was: Name,
        /// The table or view that it now belongs to.
        is: Name,
    },
    /// A column is missing (`is` is `None`), is unexpected (`was` is `None`), or differs.
    Column {
        /// The table.
        table: String,
        /// The column before.
        was: Option<Box<Column>>,
        /// The column after.
        is: Option<Box<Column>>,
    },
    /// The common columns are in a different order, which affects the result of `SELECT *` and the
    /// values of an `INSERT` without column names.
    ColumnOrder {
        /// The table.
        table: String,
        /// The columns before.
        was: Vec<String>,
        /// The columns after.
        is: Vec<String>,
    },
    /// A constraint is missing, is unexpected, or differs. A constraint that was added or dropped
    /// with a column is not reported.
    Constraint {
        /// The table.
        table: String,
        /// The constraint before.
        was: Option<Constraint>,
        /// The constraint after.
        is: Option<Constraint>,
    },
    /// A table gained or lost an option.
    TableOption {
        /// The table.
        table: String,
        /// The option.
        option: TableOption,
        /// `true` if the table had the option before.
        was: bool,
    },
    /// The definition differs. The object is an index, a view, a trigger, a virtual table, or a
    /// table that the grammar cannot parse.
    Definition {
        /// The object before.
        was: Arc<Object>,
        /// The object after.
        is: Arc<Object>,
    },
}

/// A table constraint.
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
    /// Returns the constraints of a table, except NOT NULL, which belongs to its column.
    #[must_use]
    pub fn all(table: &Table) -> Vec<Self> {
        let primary_key = table.primary_key.iter().cloned().map(Self::PrimaryKey);
        let unique = table.unique.iter().cloned().map(Self::Unique);
        let foreign_keys = table.foreign_keys.iter().cloned().map(Self::ForeignKey);
        let checks = table.checks.iter().cloned().map(Self::Check);
        primary_key.chain(unique).chain(foreign_keys).chain(checks).collect()
    }

    /// Returns the words for this kind of constraint.
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

/// A table option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableOption {
    /// `STRICT`.
    Strict,
    /// `WITHOUT ROWID`.
    WithoutRowid,
}

impl TableOption {
    /// Returns the keywords of the option.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Strict => "STRICT",
            Self::WithoutRowid => "WITHOUT ROWID",
        }
    }
}

/// Describes changes as sentence fragments, one for each difference.
#[must_use]
pub fn describe(changes: &Changes) -> Vec<String> {
    differences(changes).iter().map(ToString::to_string).collect()
}
