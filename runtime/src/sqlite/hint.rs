//! The next step after an SQLite error.

use rusqlite::ErrorCode;

/// The hint if SQLite has opened the database but cannot open a companion file
/// (<https://sqlite.org/wal.html#readonly>).
const WRITABLE_FOLDER: &str = "SQLite cannot open a companion file: in WAL mode even reading needs a writable folder; mount the folder writable, or copy the file and its `-wal` to a writable folder";

/// Returns the next step after an SQLite error, or `None` if there is nothing to suggest.
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

/// Returns the next step after an error on an open database, which may need companion files.
/// Returns `None` if there is nothing to suggest.
pub(crate) fn hint_of_open(error: &rusqlite::Error) -> Option<&'static str> {
    match error.sqlite_error_code() {
        Some(ErrorCode::CannotOpen) => Some(WRITABLE_FOLDER),
        _ => hint(error),
    }
}
