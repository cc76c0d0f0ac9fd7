//! Damage to the ledger, which does not stop an ordinary run.

use std::fmt;

use super::MOST_ROWS;
use crate::OwnTableDefect;

/// The reason that all or part of the ledger is not used. A run continues anyway, because the
/// ledger is only evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    not(feature = "sqlite"),
    expect(dead_code, reason = "only a file of SQLite can be damaged in these ways")
)]
pub(crate) enum Damage {
    /// The table has a defect.
    Unreadable(OwnTableDefect),
    /// SQLite refuses to read or write the table.
    Refused(String),
    /// A row that was written differs when it is read back.
    NotKept,
    /// There are more rows than the limit, so the oldest are ignored.
    Older,
    /// The given number of rows have values that Aludel never writes.
    Rows(usize),
    /// A row has an unreadable revision, so older rows are ignored.
    Before,
}

impl fmt::Display for Damage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(defect) => write!(formatter, "{defect}; the ledger is ignored"),
            Self::Refused(words) => write!(formatter, "cannot be used: {words}"),
            Self::NotKept => write!(formatter, "does not keep the rows that are written to it"),
            Self::Older => write!(formatter, "has more than {MOST_ROWS} rows; older ones are not read"),
            Self::Rows(1) => {
                write!(formatter, "has a row with a checksum that cannot be read; that row is ignored")
            }
            Self::Rows(rows) => {
                write!(
                    formatter,
                    "has {rows} rows with checksums that cannot be read; those rows are ignored"
                )
            }
            Self::Before => {
                write!(
                    formatter,
                    "has a row whose revision cannot be read; that row and older ones are ignored"
                )
            }
        }
    }
}
