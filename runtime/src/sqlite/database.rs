//! The location of a database, and how it is opened.

mod header;
mod reader;

use std::fmt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::sqlite::database::reader::{Access, Reader};
use crate::sqlite::database_url::{self, Named};
use crate::{Error, InvalidDatabase};

/// The number of attempts to read without locks before reading with locks.
const ATTEMPTS: usize = 3;

/// An SQLite database, identified by its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Database {
    named: Named,
    may_be_made: bool,
}

impl Database {
    /// Parses a path or a URL:
    ///
    /// | text | database |
    /// |---|---|
    /// | `app.db`, `sqlite:app.db`, `sqlite://app.db` | the file `app.db` |
    /// | `sqlite:///app.db` | the file `app.db` in the working directory, as SQLAlchemy reads it |
    /// | `sqlite:////var/app.db`, `sqlite:/var/app.db` | the file `/var/app.db` |
    /// | `:memory:`, `sqlite::memory:` | a database in memory |
    ///
    /// A URL may end with `?mode=rwc`, `?mode=rw` (do not create the file), `?mode=ro` or
    /// `?mode=memory`.
    ///
    /// # Errors
    ///
    /// Returns an error if the text is empty, quoted, or has an unknown scheme. A file whose name
    /// begins like a scheme must be written `./name:…`.
    pub fn parse(text: &str) -> Result<Self, InvalidDatabase> {
        database_url::parse(text).map(|named| Self { named, may_be_made: true })
    }

    /// Resolves a relative path against a folder.
    #[must_use]
    pub fn within(mut self, folder: &Path) -> Self {
        if !self.is_in_memory() && !folder.as_os_str().is_empty() {
            self.named.path = folder.join(&self.named.path).components().collect();
        }
        self
    }

    /// Prevents the file from being created if its path came from `sqlite:///`, because other
    /// programs read such a path as absolute.
    #[must_use]
    pub fn not_made_in_doubt(mut self) -> Self {
        self.may_be_made = self.named.absolute.is_none();
        self
    }

    /// Returns `true` if the database is in memory, where no other connection can see it.
    pub fn is_in_memory(&self) -> bool {
        self.path().as_os_str() == database_url::MEMORY
    }

    /// Returns the path.
    pub fn path(&self) -> &Path {
        &self.named.path
    }

    /// Opens the database, and creates it if it is missing.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be opened or created.
    pub fn open(&self) -> Result<Connection, Error> {
        self.check_slashes()?;
        if !self.may_be_made && !self.is_in_memory() && matches!(self.path().try_exists(), Ok(false)) {
            return Err(self.in_doubt("neither the relative nor the absolute path exists").into());
        }
        self.open_with(self.named.mode.flags() | OpenFlags::SQLITE_OPEN_NO_MUTEX)
    }

    /// Opens the database for reading. Returns `None` if the file does not exist.
    ///
    /// Creates no files, and leaves none behind. Opens a database in WAL mode as immutable if its
    /// `-wal` is missing or empty, and any other database with `query_only`. After a writer has
    /// crashed, opening the database recovers the `-wal` or rolls the journal back, as every
    /// connection does (<https://sqlite.org/wal.html>).
    ///
    /// SQLite takes no lock on an immutable file. Use [`Database::read`] for a consistent answer if
    /// the file may be written at the same time.
    ///
    /// # Errors
    ///
    /// Returns an error if the file cannot be opened, or [`Error::NeedsRecovery`] if reading its
    /// changes requires write access that is missing.
    pub fn open_for_reading(&self) -> Result<Option<Connection>, Error> {
        Ok(self.reader(Access::Immutable)?.map(|reader| reader.connection))
    }

    /// Runs a query on the database, opened as by [`Database::open_for_reading`].
    ///
    /// If another process writes the file in the meantime, repeats the query. The last attempt uses
    /// SQLite's locks.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Database::open_for_reading`] and of the query.
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
        self.check_slashes()?;
        if self.is_in_memory() || matches!(self.path().try_exists(), Ok(false)) {
            return Ok(None);
        }
        Reader::open(self.path(), access).map(Some)
    }

    /// Returns an error for `sqlite:///X` if `X` is missing but `/X` exists. The user must then
    /// state which one is meant.
    fn check_slashes(&self) -> Result<(), InvalidDatabase> {
        let is_there = |path: &PathBuf| path.try_exists().unwrap_or(true);
        match &self.named.absolute {
            Some(absolute) if !is_there(&self.named.path) && is_there(absolute) => {
                Err(self.in_doubt("only the absolute path exists"))
            }
            _ => Ok(()),
        }
    }

    fn in_doubt(&self, why: &str) -> InvalidDatabase {
        let absolute = self.named.absolute.clone().unwrap_or_default();
        let relative = absolute.strip_prefix("/").unwrap_or(&absolute).display();
        let absolute = absolute.display();
        let expected = format!(
            "{why}; write `sqlite:///{absolute}` for the absolute path, `sqlite:{relative}` for the relative one"
        );
        InvalidDatabase { text: format!("sqlite://{absolute}"), expected, is_of_another_scheme: false }
    }

    fn open_with(&self, flags: OpenFlags) -> Result<Connection, Error> {
        Connection::open_with_flags(self.path(), flags)
            .map_err(|source| Error::Open { path: self.path().to_owned(), source: source.into() })
    }
}

impl fmt::Display for Database {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.path().display().fmt(formatter)
    }
}

#[cfg(test)]
mod tests {
    use super::Database;

    type TestResult = Result<(), Box<dyn std::error::Error>>;

    #[test]
    fn of_three_slashes_the_path_that_exists_is_taken_or_a_person_asked() -> TestResult {
        let folder = tempfile::tempdir()?;
        let path = folder.path().join("app.db");
        let absolute = path.to_str().ok_or("not UTF-8")?;
        let relative = absolute.trim_start_matches('/');
        let reported = |database: &Database| match (database.open_for_reading(), database.open()) {
            (Err(reading), Err(writing)) if reading.to_string() == writing.to_string() => {
                Some(writing.to_string())
            }
            _ => None,
        };
        std::fs::write(&path, "")?;
        let text = format!("sqlite:///{relative}");
        let message = format!(
            "`{text}` is not a valid database: only the absolute path exists; write `sqlite:///{absolute}` for the absolute path, `sqlite:{relative}` for the relative one"
        );
        let database = Database::parse(&text)?.within(&folder.path().join("nowhere"));
        assert_eq!(reported(&database), Some(message));
        let at_root = Database::parse(&text)?.within(std::path::Path::new("/"));
        assert!(at_root.open_for_reading()?.is_some());
        assert_eq!(Database::parse(&format!("sqlite:///{absolute}"))?.path(), path);
        Ok(())
    }

    #[test]
    fn what_is_in_doubt_is_not_made_and_what_is_there_is_opened() -> TestResult {
        let folder = tempfile::tempdir()?;
        let named = |text: &str| {
            Database::parse(text).map(|database| database.within(folder.path()).not_made_in_doubt())
        };
        let doubtful = named("sqlite:///no-such-folder-at-the-root/app.db")?;
        let error = doubtful.open().err().ok_or("it was made")?;
        assert_eq!(error.exit_code(), 2, "{error}");
        assert!(error.to_string().contains("`sqlite:////no-such-folder-at-the-root/app.db`"), "{error}");
        assert!(!folder.path().join("no-such-folder-at-the-root").exists());
        for text in ["sqlite:app.db", "sqlite:///./other.db", "third.db"] {
            named(text)?.open()?;
        }
        std::fs::write(folder.path().join("there.db"), "")?;
        named("sqlite:///there.db")?.open()?;
        Ok(())
    }

    #[test]
    fn a_mode_is_kept() -> TestResult {
        let folder = tempfile::tempdir()?;
        let named = |text: &str| Database::parse(text).map(|database| database.within(folder.path()));
        assert!(named("sqlite:app.db?mode=rw")?.open().is_err());
        assert!(!folder.path().join("app.db").exists());
        named("sqlite:app.db?mode=rwc")?.open()?.execute_batch("CREATE TABLE t (a)")?;
        named("sqlite:app.db?mode=rw")?.open()?.execute_batch("INSERT INTO t VALUES (1)")?;
        assert!(named("sqlite:app.db?mode=ro")?.open()?.execute_batch("DELETE FROM t").is_err());
        Ok(())
    }
}
