//! A difference between the schema of a database and the schema that the scripts produce.

use std::fmt;

/// A difference between the schema of a database and the schema that the scripts produce.
///
/// `Display` describes it as a sentence fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SchemaDifference {
    pub(crate) kind: SchemaDifferenceKind,
    pub(crate) object: String,
    pub(crate) words: String,
}

/// The kind of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SchemaDifferenceKind {
    /// The database lacks the object.
    Missing,
    /// The scripts do not create the object.
    Unexpected,
    /// The object, or a part of it, has a different definition.
    Changed,
}

impl SchemaDifference {
    /// Returns the kind of the difference.
    pub fn kind(&self) -> SchemaDifferenceKind {
        self.kind
    }

    /// Returns the name of the table, index, view or trigger that differs. It is spelled as in the
    /// database, unless the database lacks it.
    pub fn object(&self) -> &str {
        &self.object
    }
}

impl fmt::Display for SchemaDifference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.words)
    }
}
