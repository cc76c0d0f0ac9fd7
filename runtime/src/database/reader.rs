//! Opening a database to read it, so that nothing is written and no file is left behind.
//!
//! | journal mode | beside the file | how it is opened |
//! |---|---|---|
//! | WAL | no `-wal`, or an empty one | `immutable`: nothing is made (<https://sqlite.org/uri.html#uriimmutable>) |
//! | WAL | a `-wal` with frames | for writing, with `query_only`: SQLite recovers the `-wal` of a dead writer |
//! | rollback | | for writing, with `query_only`: SQLite rolls a hot journal back |
//!
//! SQLite ignores locks on an immutable file, so a reader looks again afterwards: where somebody wrote meanwhile, the answer counts for nothing.

use std::ffi::OsString;
use std::fs::{self, Metadata};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, ErrorCode, MAIN_DB, OpenFlags};

use super::header;
use crate::{Error, guard};

/// A connection that reads.
pub(super) struct Reader {
    pub(super) connection: Connection,
    /// The file as it was when it was opened as immutable.
    seen: Option<Seen>,
}

/// A file that nobody was writing.
#[derive(PartialEq, Eq)]
struct Seen {
    path: PathBuf,
    length: u64,
    modified: Option<SystemTime>,
}

/// How a reader may open a file.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    /// As immutable where nobody writes.
    Immutable,
    /// With locks.
    Locked,
}

impl Reader {
    /// Opens a database that is there.
    pub(super) fn open(path: &Path, access: Access) -> Result<Self, Error> {
        let failed = |source| Error::Open { path: path.to_owned(), source };
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

    /// Whether nobody wrote the file since it was opened, as far as no lock tells.
    pub(super) fn is_still(&self) -> bool {
        self.seen.as_ref().is_none_or(|seen| Seen::at_rest(&seen.path).as_ref() == Some(seen))
    }

    /// Reads once, which recovers what must be recovered; says why that cannot be done where only somebody who may write can do it.
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

const OF_WAL: &str = "its `-wal` holds changes that are not in the file yet, and reading them takes a file and a folder that can be written";
const OF_JOURNAL: &str =
    "a run on it was cut off, and rolling its `-journal` back takes a file and a folder that can be written";

impl Seen {
    /// The file, if it is in WAL mode and all of it is in the file itself.
    fn at_rest(file: &Path) -> Option<Self> {
        if !header::is_in_wal_mode(file) || holds(file, "-wal") || holds(file, "-journal") {
            return None;
        }
        let metadata = fs::metadata(file).ok()?;
        Some(Self { path: file.to_owned(), length: metadata.len(), modified: metadata.modified().ok() })
    }
}

/// Whether the file beside a database holds something, as far as can be seen.
fn holds(file: &Path, suffix: &str) -> bool {
    let mut beside = OsString::from(file);
    beside.push(suffix);
    let length: io::Result<u64> = fs::metadata(beside).map(|metadata: Metadata| metadata.len());
    match length {
        Ok(length) => length > 0,
        Err(error) => error.kind() != io::ErrorKind::NotFound,
    }
}

/// The URI of a file that is not locked and not written (<https://sqlite.org/uri.html>).
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

/// The two digits of a byte.
fn hexadecimal(byte: u8) -> impl Iterator<Item = char> {
    [byte >> 4, byte & 15].into_iter().filter_map(|digit| char::from_digit(u32::from(digit), 16))
}
