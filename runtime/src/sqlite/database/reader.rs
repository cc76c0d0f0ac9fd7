//! Opens a database for reading, without writing to it or leaving a file behind.
//!
//! | journal mode | companion file | how the database is opened |
//! |---|---|---|
//! | WAL | no `-wal`, or an empty one | `immutable`: no file is created (<https://sqlite.org/uri.html#uriimmutable>) |
//! | WAL | a `-wal` with frames | for writing, with `query_only`: SQLite recovers the `-wal` of a crashed writer |
//! | rollback | | for writing, with `query_only`: SQLite rolls a hot journal back |
//!
//! SQLite ignores locks on an immutable file. The reader therefore checks the file again
//! afterwards, and discards the answer if the file changed.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags};

use super::header;
use crate::Error;
use crate::sqlite::guard;

/// A connection for reading.
pub(super) struct Reader {
    pub(super) connection: Connection,
    /// The state of the file when it was opened as immutable.
    seen: Option<Seen>,
}

/// The state of a file while nobody was writing to it.
#[derive(PartialEq, Eq)]
struct Seen {
    path: PathBuf,
    length: u64,
    modified: Option<SystemTime>,
}

/// How a reader may open a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// As immutable, if nobody is writing.
    Immutable,
    /// With locks.
    Locked,
}

impl Reader {
    /// Opens an existing database.
    pub(super) fn open(path: &Path, access: Access) -> Result<Self, Error> {
        let failed = |source: rusqlite::Error| Error::Open { path: path.to_owned(), source: source.into() };
        let file = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let seen = if access == Access::Immutable { Seen::at_rest(&file) } else { None };
        let connection = if seen.is_some() {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
                | OpenFlags::SQLITE_OPEN_URI
                | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            Connection::open_with_flags(immutable(&file), flags).map_err(failed)?
        } else {
            let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            Connection::open_with_flags(path, flags).map_err(failed)?
        };
        connection.execute_batch("PRAGMA query_only = ON").map_err(failed)?;
        let reader = Self { connection, seen };
        match reader.needs_recovery(&file).map_err(failed)? {
            Some(why) => Err(Error::NeedsRecovery { path: path.to_owned(), why }),
            None => Ok(reader),
        }
    }

    /// Returns `true` if the file has not changed since it was opened, as far as this can be
    /// determined without locks.
    pub(super) fn is_still(&self) -> bool {
        self.seen.as_ref().is_none_or(|seen| Seen::at_rest(&seen.path).as_ref() == Some(seen))
    }

    /// Reads once, which triggers any recovery.
    ///
    /// If recovery needs write access that is missing, returns the reason.
    fn needs_recovery(&self, file: &Path) -> rusqlite::Result<Option<&'static str>> {
        if self.seen.is_some() {
            return Ok(None);
        }
        let (in_wal, in_journal) = (holds(file, "-wal"), holds(file, "-journal"));
        if in_wal && self.connection.is_readonly(MAIN_DB)? {
            return Ok(Some(OF_WAL));
        }
        let waits = guard::timeout(&self.connection)?;
        self.connection.busy_timeout(Duration::ZERO)?;
        let read = self.connection.query_row("PRAGMA main.schema_version", [], |_| Ok(()));
        self.connection.busy_timeout(waits)?;
        let Some(code) = read.err().and_then(|error| error.sqlite_error_code()) else { return Ok(None) };
        let is_refused =
            matches!(code, ErrorCode::ReadOnly | ErrorCode::CannotOpen | ErrorCode::SystemIoFailure);
        Ok(match (is_refused, in_wal, in_journal) {
            (true, true, _) => Some(OF_WAL),
            (true, false, true) => Some(OF_JOURNAL),
            _ => None,
        })
    }
}

const OF_WAL: &str = "its `-wal` holds changes that are not in the file yet, and reading them requires a writable file and folder";
const OF_JOURNAL: &str =
    "a transaction was interrupted, and rolling its `-journal` back requires a writable file and folder";

impl Seen {
    /// Returns the state of the file if it is in WAL mode and has no pending changes outside the
    /// file.
    fn at_rest(file: &Path) -> Option<Self> {
        if !header::is_in_wal_mode(file) || holds(file, "-wal") || holds(file, "-journal") {
            return None;
        }
        let metadata = fs::metadata(file).ok()?;
        Some(Self { path: file.to_owned(), length: metadata.len(), modified: metadata.modified().ok() })
    }
}

/// Returns `true` if a companion file of the database appears to have contents.
fn holds(file: &Path, suffix: &str) -> bool {
    let mut companion = OsString::from(file);
    companion.push(suffix);
    let length: io::Result<u64> = fs::metadata(companion).map(|metadata: Metadata| metadata.len());
    match length {
        Ok(length) => length > 0,
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    }
}

/// Returns the URI that opens a file without locking or writing it (<https://sqlite.org/uri.html>).
fn immutable(file: &Path) -> String {
    let mut uri = String::from("file:");
    for byte in file.as_os_str().as_encoded_bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => {
                uri.push(char::from(*byte));
            }
            _ => uri.extend(['%'].into_iter().chain(hexadecimal(*byte))),
        }
    }
    uri + "?mode=ro&immutable=1"
}

/// Returns the two hexadecimal digits of a byte.
fn hexadecimal(byte: u8) -> impl Iterator<Item = char> {
    [byte >> 4, byte & 15].into_iter().filter_map(|digit| char::from_digit(u32::from(digit), 16))
}
