//! A difference between the schema of a database and the schema that the scripts produce.

use std::fmt;

use aludel_core::schema::Difference;

/// A difference between the schema of a database and the schema that the scripts produce.
///
/// `Display` describes it in one fragment of a sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaDifference(Difference);

/// The kind of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SchemaDifferenceKind {
    /// The database lacks the object.
    Missing,
    /// The scripts do not create the object.
    Unexpected,
    /// The object, or a part of it, has another definition.
    Changed,
}

impl SchemaDifference {
    pub(crate) fn new(difference: Difference) -> Self {
        Self(difference)
    }

    /// Returns the kind of the difference.
    pub fn kind(&self) -> SchemaDifferenceKind {
        match &self.0 {
            Difference::Missing { .. } => SchemaDifferenceKind::Missing,
            Difference::LeftBehind { .. } => SchemaDifferenceKind::Unexpected,
            Difference::Respelled { .. }
            | Difference::Moved { .. }
            | Difference::Column { .. }
            | Difference::ColumnOrder { .. }
            | Difference::Constraint { .. }
            | Difference::TableOption { .. }
            | Difference::Definition { .. } => SchemaDifferenceKind::Changed,
        }
    }

    /// Returns the name of the table, index, view or trigger that differs. It is spelled as in the
    /// database, unless the database lacks it.
    pub fn object(&self) -> &str {
        match &self.0 {
            Difference::Missing { name, .. }
            | Difference::LeftBehind { name, .. }
            | Difference::Moved { name, .. }
            | Difference::Respelled { is: name, .. }
            | Difference::Column { table: name, .. }
            | Difference::ColumnOrder { table: name, .. }
            | Difference::Constraint { table: name, .. }
            | Difference::TableOption { table: name, .. } => name,
            Difference::Definition { is, .. } => is.name(),
        }
    }
}

impl fmt::Display for SchemaDifference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.of_a_database())
    }
}
