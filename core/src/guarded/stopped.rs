//! The reasons why a statement of a script stopped.

use std::fmt;

use rusqlite::ErrorCode;

use super::rules::Denied;
use crate::sqlite_error::words_of;

/// A statement that was stopped, with SQLite's error if there is one.
#[derive(Debug)]
pub struct Refused {
    /// The reason.
    pub why: Stopped,
    /// SQLite's error.
    pub source: Option<rusqlite::Error>,
}

/// The reason why a statement stopped.
#[derive(Debug)]
pub enum Stopped {
    /// The statement took too many steps.
    Steps,
    /// The chain took too many steps.
    Budget,
    /// The statement filled too many pages of the database.
    Pages,
    /// The statement used too much memory.
    Memory,
    /// The time was up, or a stop was requested.
    Time,
    /// The statement changes one of Aludel's own tables.
    OwnTable(String),
    /// The statement takes another action that scripts may not take.
    NotAuthorized(Denied),
    /// The statement ended the transaction in which it ran, and may have committed earlier work.
    Ended {
        /// `true` if work may have been committed.
        committed: bool,
    },
    /// SQLite found more than one statement in its text.
    Several,
    /// SQLite reported an error: its message, and the position in the statement if SQLite provides
    /// one.
    Failed(String, Option<usize>),
}

impl Stopped {
    /// Determines the reason from SQLite's error, and from what was observed while the statement
    /// ran.
    pub(super) fn of(
        error: &rusqlite::Error,
        denied: Option<Denied>,
        stopped_by: Option<Self>,
        is_bounded: bool,
    ) -> Self {
        let failed = || {
            let (message, offset) = words_of(error);
            Self::Failed(message, offset)
        };
        match (error.sqlite_error_code(), denied) {
            (Some(ErrorCode::OperationInterrupted), _) => stopped_by.unwrap_or_else(failed),
            (Some(ErrorCode::DiskFull), _) if is_bounded => Self::Pages,
            (Some(ErrorCode::OutOfMemory), _) => Self::Memory,
            (Some(ErrorCode::AuthorizationForStatementDenied), Some(Denied::OwnTable(table))) => {
                Self::OwnTable(table)
            }
            // A denied table or function can also cause a different error code.
            (_, Some(denied)) => Self::NotAuthorized(denied),
            _ => failed(),
        }
    }
}

/// SQLite's errors for missing items that a program can register on its connections.
const OF_PROGRAM: [&str; 3] = ["no such function", "no such collation sequence", "no such module"];

impl Stopped {
    /// Returns `true` if SQLite lacks a function, collation or module that a program can register.
    #[must_use]
    pub fn needs_program(&self) -> bool {
        matches!(self, Self::Failed(message, _) if OF_PROGRAM.iter().any(|words| message.starts_with(words)))
    }
}

impl fmt::Display for Stopped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Steps => formatter.write_str("it takes too many steps of SQLite's virtual machine"),
            Self::Budget => {
                formatter.write_str("the scripts together take too many steps of SQLite's virtual machine")
            }
            Self::Pages => formatter.write_str("it exceeds the size limit of the scratch database"),
            Self::Memory => formatter.write_str("it exceeds the memory limit of SQLite"),
            Self::Time => formatter.write_str("it takes too long"),
            Self::OwnTable(table) => Denied::OwnTable(table.clone()).fmt(formatter),
            Self::NotAuthorized(denied) => denied.fmt(formatter),
            Self::Ended { committed: false } => {
                formatter.write_str("it ended the transaction, which was rolled back")
            }
            Self::Ended { committed: true } => {
                formatter.write_str("it ended the transaction, and earlier work may be committed")
            }
            Self::Several => formatter.write_str("SQLite found more than one statement here"),
            Self::Failed(message, _) => formatter.write_str(message),
        }
    }
}
