//! The reasons that a downgrade with the scripts in a ledger is refused.

use std::fmt;

use aludel_core::escape;

/// A row of the ledger that stops a downgrade before it begins.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LedgerFault {
    /// The number of the row, or `None` if it is missing.
    pub row: Option<i64>,
    /// The revision of the row.
    pub revision: String,
    /// The reason.
    pub why: LedgerFaultKind,
}

/// The reason that a row of the ledger is not trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of each variant explains it")]
pub enum LedgerFaultKind {
    #[error("the ledger has no row for it, so its downgrade is unknown")]
    NoRow,
    #[error(
        "its newest row has the direction `{direction}`, but according to the version rows it is applied"
    )]
    NotApplied { direction: String },
    #[error("this is not a revision ID")]
    NotAnId,
    #[error("the row has a value of a type or length that Aludel does not write")]
    Unreadable,
    #[error("the row has no {section} script")]
    NoScript { section: &'static str },
    #[error("the downgrade is not a valid script: {message}")]
    InvalidScript { message: String },
    #[error("the checksum does not match the scripts and the parents in the row")]
    Checksum,
    #[error("the row has the direction `{direction}`; expected `upgrade`, `downgrade`, `stamp` or `repair`")]
    Direction { direction: String },
    #[error("the state does not match the revisions that were applied after this row")]
    State,
    #[error("the row does not follow from the rows before it")]
    Sequence,
    #[error("it needs `{parent}`, which was not applied before it")]
    Parent { parent: String },
    #[error("`{by}` needs it, but was applied before it")]
    Order { by: String },
    #[error("its parents form a cycle")]
    Cycle,
}

impl fmt::Display for LedgerFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(row) = self.row {
            write!(formatter, "row {row}, ")?;
        }
        write!(
            formatter,
            "revision `{}`: {}",
            escape::line(&self.revision),
            escape::line(&self.why.to_string())
        )
    }
}
