//! Errors of SQLite as errors of a migration.

use std::time::Duration;

use rusqlite::ErrorCode;

use super::own_table::Unusable;
use crate::{DatabaseError, Error};

impl Error {
    /// Converts an error of SQLite outside a script. A lock timeout and an interrupt have variants
    /// of their own.
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

    /// Returns `true` if the disk or the file may be damaged. Then a copy of the database is worth
    /// keeping although the run was rolled back.
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

/// The hint if SQLite has opened the database but cannot open a companion file
/// (<https://sqlite.org/wal.html#readonly>).
const WRITABLE_FOLDER: &str = "SQLite cannot open a companion file: in WAL mode even reading needs a writable folder; mount the folder writable, or copy the file and its `-wal` to a writable folder";

/// Returns the code of an error of SQLite.
fn sqlite_code(source: &DatabaseError) -> Option<ErrorCode> {
    source.as_sqlite()?.sqlite_error_code()
}

/// Returns the next step after an error of SQLite.
pub(crate) fn hint(error: &rusqlite::Error) -> Option<&'static str> {
    match error.sqlite_error_code()? {
        ErrorCode::NotADatabase => Some("the file is not an SQLite database: check the path"),
        ErrorCode::DatabaseCorrupt => {
            Some("the file is damaged: keep it as it is, and restore the newest backup next to it")
        }
        ErrorCode::CannotOpen => {
            Some("check that it is a file, that its folder exists, and that both are readable and writable")
        }
        ErrorCode::ReadOnly => Some("check that the file and its folder are writable"),
        ErrorCode::DiskFull => Some("free space on the disk: rebuilding a table needs twice its size"),
        _ => None,
    }
}

/// Returns the next step after an error of an open database, which may need companion files.
pub(crate) fn hint_of_open(error: &rusqlite::Error) -> Option<&'static str> {
    match error.sqlite_error_code() {
        Some(ErrorCode::CannotOpen) => Some(WRITABLE_FOLDER),
        _ => hint(error),
    }
}

#[cfg(test)]
mod tests;
