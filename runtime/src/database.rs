//! Where a database is: a path, or a URL as SQLAlchemy writes it.

mod header;
mod reader;

use std::fmt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::Error;
use crate::database::reader::{Access, Reader};

/// How often a question is asked without locks before it is asked with them.
const ATTEMPTS: usize = 3;

/// A SQLite database by its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    path: PathBuf,
}

/// A text that names no SQLite database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{text}` names no SQLite database: expected a path, or `sqlite:///` and a path such as `sqlite:///./photosafe.db`"
)]
pub struct InvalidDatabase {
    /// What was given.
    pub text: String,
}

impl Database {
    /// Reads a path, or a URL: `sqlite:///relative/path`, `sqlite:////absolute/path`.
    ///
    /// # Errors
    ///
    /// Where the text is empty or names another kind of database.
    pub fn parse(text: &str) -> Result<Self, InvalidDatabase> {
        let invalid = || InvalidDatabase { text: text.to_owned() };
        let path = match text.split_once("://") {
            Some(("sqlite", rest)) => rest.strip_prefix('/').ok_or_else(invalid)?,
            Some(_) => return Err(invalid()),
            None => text,
        };
        let is_url = path.len() < text.len();
        if path.is_empty() || path.contains('\0') || (is_url && path.contains('?')) {
            return Err(invalid());
        }
        Ok(Self { path: PathBuf::from(path) })
    }

    /// The path.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens the database, which is made where it is missing.
    ///
    /// # Errors
    ///
    /// Where the file cannot be opened or made.
    pub fn open(&self) -> Result<Connection, Error> {
        self.open_with(
            OpenFlags::SQLITE_OPEN_READ_WRITE
                | OpenFlags::SQLITE_OPEN_CREATE
                | OpenFlags::SQLITE_OPEN_NO_MUTEX,
        )
    }

    /// Opens the database to read it; nothing where there is no file. No file is made, and none is left behind.
    ///
    /// A database in WAL mode whose `-wal` is missing or empty is opened as immutable, any other with `query_only`. Where a writer died,
    /// opening recovers its `-wal` or rolls its journal back, as every connection does (<https://sqlite.org/wal.html>).
    ///
    /// SQLite takes no lock on an immutable file. Use [`Database::read`] to learn nothing from a file that is written meanwhile.
    ///
    /// # Errors
    ///
    /// Where the file cannot be opened; [`Error::NeedsRecovery`] where it holds changes that cannot be read without writing, and it cannot be
    /// written.
    pub fn open_for_reading(&self) -> Result<Option<Connection>, Error> {
        Ok(self.reader(Access::Immutable)?.map(|reader| reader.connection))
    }

    /// Asks something of the database, which is opened as by [`Database::open_for_reading`]. The question is asked again where somebody wrote
    /// the file meanwhile, in the end under SQLite's locks.
    ///
    /// # Errors
    ///
    /// As [`Database::open_for_reading`], and those of the question.
    pub fn read<T, E: From<Error>>(
        &self,
        mut question: impl FnMut(Option<&Connection>) -> Result<T, E>,
    ) -> Result<T, E> {
        for _ in 0..ATTEMPTS {
            let reader = self.reader(Access::Immutable)?;
            let answer = question(reader.as_ref().map(|reader| &reader.connection));
            if reader.as_ref().is_none_or(Reader::is_still) {
                return answer;
            }
        }
        let reader = self.reader(Access::Locked)?;
        question(reader.as_ref().map(|reader| &reader.connection))
    }

    fn reader(&self, access: Access) -> Result<Option<Reader>, Error> {
        let is_memory = self.path.as_os_str() == ":memory:";
        if is_memory || matches!(self.path.try_exists(), Ok(false)) {
            return Ok(None);
        }
        Reader::open(&self.path, access).map(Some)
    }

    fn open_with(&self, flags: OpenFlags) -> Result<Connection, Error> {
        Connection::open_with_flags(&self.path, flags)
            .map_err(|source| Error::Open { path: self.path.clone(), source })
    }
}

impl fmt::Display for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path.display().fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::Database;

    #[test]
    fn a_path_or_a_url_as_sqlalchemy_writes_it() -> Result<(), super::InvalidDatabase> {
        for (text, path) in [
            ("photosafe.db", "photosafe.db"),
            ("sqlite:///./photosafe.db", "./photosafe.db"),
            ("sqlite:////var/lib/photosafe.db", "/var/lib/photosafe.db"),
            ("/var/ü.db", "/var/ü.db"),
        ] {
            assert_eq!(Database::parse(text)?.path(), Path::new(path));
        }
        for text in [
            "",
            "postgresql://localhost/photosafe",
            "sqlite://",
            "sqlite://host/x.db",
            "sqlite:///",
            "sqlite:///x.db?timeout=30",
        ] {
            assert!(Database::parse(text).is_err(), "{text}");
        }
        Ok(())
    }
}
