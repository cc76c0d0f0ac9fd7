//! The errors of SQLite and PostgreSQL databases.

use std::error::Error as _;

use aludel::rusqlite::{self, ErrorCode};
use postgres::error::SqlState;

/// The reason why a statement failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DatabaseError {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error("the statement failed on the server")]
    Postgres(#[from] postgres::Error),
    #[error("cannot connect to the server")]
    Connect(#[source] Box<aludel::Error>),
    #[error("PostgreSQL cannot store it as {kind}{reason}")]
    Value { kind: String, reason: &'static str },
}

impl DatabaseError {
    /// Returns `true` if the statement may succeed when it is repeated, because it conflicted with
    /// another process or because the server is restarting.
    pub(crate) fn is_busy(&self) -> bool {
        match self {
            Self::Sqlite(error) => {
                matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked))
            }
            Self::Postgres(error) => {
                // If a connection is lost while a statement is sent, the error comes from the
                // socket.
                error.is_closed()
                    || error.source().is_some_and(<dyn std::error::Error>::is::<std::io::Error>)
                    || error.code().is_some_and(|code| {
                        [
                            SqlState::UNIQUE_VIOLATION,
                            SqlState::FOREIGN_KEY_VIOLATION,
                            SqlState::T_R_SERIALIZATION_FAILURE,
                            SqlState::T_R_DEADLOCK_DETECTED,
                            SqlState::LOCK_NOT_AVAILABLE,
                            SqlState::ADMIN_SHUTDOWN,
                            SqlState::CRASH_SHUTDOWN,
                            SqlState::CANNOT_CONNECT_NOW,
                            SqlState::TOO_MANY_CONNECTIONS,
                        ]
                        .contains(code)
                    })
            }
            Self::Connect(_) => true,
            Self::Value { .. } => false,
        }
    }

    /// Returns `true` if the database's disk is full.
    pub(crate) fn is_full(&self) -> bool {
        match self {
            Self::Sqlite(error) => error.sqlite_error_code() == Some(ErrorCode::DiskFull),
            Self::Postgres(error) => error.code() == Some(&SqlState::DISK_FULL),
            Self::Connect(_) | Self::Value { .. } => false,
        }
    }

    /// Returns `true` if a value from the client cannot be stored, such as text with a NUL
    /// character on PostgreSQL.
    pub(crate) fn is_input(&self) -> bool {
        match self {
            Self::Value { .. } => true,
            // Class 22: data exceptions (https://www.postgresql.org/docs/current/errcodes-appendix.html).
            Self::Postgres(error) => error.code().is_some_and(|code| code.code().starts_with("22")),
            Self::Sqlite(_) | Self::Connect(_) => false,
        }
    }
}
