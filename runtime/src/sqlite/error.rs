//! Converts SQLite errors to migration errors.

use std::time::Duration;

use rusqlite::ErrorCode;

use super::own_table::Unusable;
use crate::{DatabaseError, Error};

impl Error {
    /// Converts an SQLite error outside a script. A lock timeout and an interrupt have their own
    /// variants.
    pub(crate) fn of_sqlite(
        doing: &'static str,
        source: rusqlite::Error,
        limit: Duration,
        interrupted: bool,
    ) -> Self {
        match source.sqlite_error_code() {
            _ if interrupted => Self::Interrupted,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { waited: limit },
            _ => Self::Database { doing, source: source.into() },
        }
    }

    /// Converts a defect of one of Aludel's own tables.
    pub(crate) fn of_own_table(
        table: &str,
        unusable: Unusable,
        of_sqlite: impl FnOnce(rusqlite::Error) -> Self,
    ) -> Self {
        match unusable {
            Unusable::Sqlite(source) => of_sqlite(source),
            Unusable::Defect(defect) => Self::OwnTable { table: table.to_owned(), defect },
        }
    }

    /// Returns `true` if the disk or the file may be damaged. In that case, a copy of the database
    /// is worth keeping even though the run was rolled back.
    pub(crate) fn is_of_the_disk(&self) -> bool {
        let source = match self {
            Self::Failed(failure) => failure.source.as_ref(),
            Self::Database { source, .. } | Self::RolledBack { source, .. } => Some(source),
            _ => None,
        };
        let of_the_disk = [
            ErrorCode::CannotOpen,
            ErrorCode::DatabaseCorrupt,
            ErrorCode::NotADatabase,
            ErrorCode::SystemIoFailure,
        ];
        source.and_then(sqlite_code).is_some_and(|code| of_the_disk.contains(&code))
    }
}

/// Returns the code of an SQLite error, or `None` for any other error.
fn sqlite_code(source: &DatabaseError) -> Option<ErrorCode> {
    source.as_sqlite()?.sqlite_error_code()
}

#[cfg(test)]
mod tests;
