//! The defects of Aludel's own tables, in any database.

use std::fmt;

/// The reason that one of Aludel's own tables cannot be used. Its message continues a sentence that
/// begins with the table's name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of each variant explains it")]
pub enum OwnTableDefect {
    /// Another object has the name.
    NotATable { kind: &'static str },
    /// A column is missing.
    NoColumn { column: &'static str },
    /// A column is generated, so reading it evaluates an expression.
    Generated { column: String },
    /// The table has a trigger, which a write would run.
    Trigger { trigger: String },
    /// Row-level security hides rows from the current role.
    RowSecurity,
    /// A write would evaluate an expression.
    Computes { what: String },
    /// The table has more rows than Aludel ever writes.
    TooManyRows { limit: usize },
    /// A value is not text.
    NotText { found: &'static str },
    /// A value is longer than Aludel ever writes.
    TooLong { limit: usize },
    /// A revision is duplicated.
    Duplicate { revision: String },
}

impl fmt::Display for OwnTableDefect {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotATable { kind } => write!(formatter, "is {kind}; expected an ordinary table"),
            Self::NoColumn { column } => write!(formatter, "has no column `{column}`"),
            Self::Generated { column } => {
                write!(formatter, "has the generated column `{column}`; expected stored columns only")
            }
            Self::Trigger { trigger } => {
                write!(formatter, "has the trigger `{trigger}`; expected a table without triggers")
            }
            Self::RowSecurity => {
                write!(
                    formatter,
                    "has row-level security, which may hide rows from this role; expected a role that sees all of them"
                )
            }
            Self::Computes { what } => {
                write!(formatter, "has {what}; expected a table without expressions")
            }
            Self::TooManyRows { limit } => write!(formatter, "has more than {limit} rows"),
            Self::NotText { found } => write!(formatter, "contains {found}; expected revision IDs as text"),
            Self::TooLong { limit } => {
                write!(formatter, "contains a value of more than {limit} bytes; expected revision IDs")
            }
            Self::Duplicate { revision } => write!(formatter, "lists revision `{revision}` twice"),
        }
    }
}
