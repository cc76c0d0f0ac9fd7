//! Copies the database before a run.
//!
//! The copy is made with SQLite's online backup (<https://sqlite.org/backup.html>) while the run
//! holds the lock, before its first statement that writes. No other process can write at that time,
//! so the copy contains exactly the state from which the run starts. A second connection reads it,
//! because SQLite does not allow a backup from the connection that holds the lock.
//!
//! The copy is renamed to its final name only after it is complete, verified and durable on disk.

mod files;

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use aludel_core::script::sqlite::words_of;
use rusqlite::backup::StepResult;
use rusqlite::{Connection, OpenFlags, backup};

use crate::Error;
use crate::sqlite::guard::Waiting;
use crate::sqlite::migrator::Runner;
use crate::sqlite::own_table::Unusable;
use crate::sqlite::version_table;
use files::Names;

/// The default number of backups to keep.
const USUALLY_KEPT: usize = 3;

/// The number of pages to copy between two checks of the interrupt.
const PAGES_BETWEEN_LOOKS: i32 = 1000;

/// The folder for copies of the database, and how many of them to keep.
///
/// A copy is named `<database>.<time>.<revision>.backup`, for example
/// `app.db.20260115T103000123Z.3f2c9a1b7d10.backup`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backup {
    folder: Option<PathBuf>,
    keep: usize,
}

impl Backup {
    /// Puts the copies next to the database.
    pub fn next_to_database() -> Self {
        Self { folder: None, keep: USUALLY_KEPT }
    }

    /// Puts the copies into an existing folder.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Self { folder: Some(folder.into()), keep: USUALLY_KEPT }
    }

    /// Sets how many copies of a database to keep, at least one. The default is 3. Older copies are
    /// removed after a successful run.
    #[must_use]
    pub fn keep(mut self, count: usize) -> Self {
        self.keep = count.max(1);
        self
    }

    /// Copies the database that a connection has locked. `rows` are its version rows.
    ///
    /// Returns `None` if the database is empty.
    pub(crate) fn make(
        &self,
        runner: &Runner<'_>,
        locked: &Connection,
        rows: &[String],
    ) -> Result<Option<Made>, Error> {
        let failed = |source| runner.error("preparing the backup", source);
        let is_empty = "SELECT NOT EXISTS (SELECT 1 FROM main.sqlite_schema)";
        if locked.query_row(is_empty, [], |row| row.get(0)).map_err(failed)? {
            return Ok(None);
        }
        let Some(database) = locked.path().filter(|path| !path.is_empty()).map(PathBuf::from) else {
            return Err(Error::Backup { path: None, why: "it is not a file".to_owned() });
        };
        let time = "SELECT strftime('%Y%m%dT%H%M%fZ', 'now')";
        let time: String = locked.query_row(time, [], |row| row.get(0)).map_err(failed)?;
        let folder =
            self.folder.clone().or_else(|| database.parent().map(Path::to_owned)).unwrap_or_default();
        let names = Names::new(folder, &database);
        let path = names.of(&time, rows);
        let result = Copying { runner, rows, database: &database, names: &names }.run(&path);
        match result {
            Ok(()) => Ok(Some(Made { path, names, keep: self.keep })),
            Err(Unfinished::Interrupted) => Err(Error::Interrupted),
            Err(unfinished) => Err(Error::Backup { path: Some(path), why: unfinished.why() }),
        }
    }
}

/// A copy that was made and verified.
#[derive(Debug)]
pub(crate) struct Made {
    pub(crate) path: PathBuf,
    names: Names,
    keep: usize,
}

impl Made {
    /// Removes the oldest copies. Returns a warning if one cannot be removed.
    pub(crate) fn remove_older(&self) -> Option<String> {
        let removed = self.names.remove_all_but(self.keep).err()?;
        Some(format!("cannot remove an old backup: {removed}"))
    }

    /// Removes the copy, because the database was not changed. Otherwise, a program that keeps
    /// restarting would fill the disk.
    pub(crate) fn discard(self) {
        // A leftover copy is harmless.
        let _ = fs::remove_file(&self.path);
    }
}

/// The reason that no copy was made.
enum Unfinished {
    Interrupted,
    Sqlite(rusqlite::Error),
    Io(io::Error),
    Busy,
    Damaged(String),
    Elsewhere,
}

impl Unfinished {
    fn why(&self) -> String {
        match self {
            Self::Interrupted => "interrupted".to_owned(),
            Self::Sqlite(source) => words_of(source).0,
            Self::Io(source) => source.to_string(),
            Self::Busy => "the database is locked".to_owned(),
            Self::Damaged(found) => format!("SQLite finds damage in the copy: {found}"),
            Self::Elsewhere => "the copy has other version rows than the database".to_owned(),
        }
    }
}

impl From<rusqlite::Error> for Unfinished {
    fn from(source: rusqlite::Error) -> Self {
        Self::Sqlite(source)
    }
}

impl From<io::Error> for Unfinished {
    fn from(source: io::Error) -> Self {
        Self::Io(source)
    }
}

struct Copying<'a> {
    runner: &'a Runner<'a>,
    rows: &'a [String],
    database: &'a Path,
    names: &'a Names,
}

impl Copying<'_> {
    fn run(&self, path: &Path) -> Result<(), Unfinished> {
        self.names.remove_unfinished()?;
        let unfinished = Names::unfinished(path);
        let result = self.copy(&unfinished).and_then(|()| self.verify(&unfinished));
        let result = result.and_then(|()| {
            // Windows flushes a file only through a writable handle.
            OpenOptions::new().write(true).open(&unfinished)?.sync_all()?;
            fs::rename(&unfinished, path)?;
            // On other platforms, a folder cannot be opened as a file.
            #[cfg(unix)]
            self.names.sync_folder()?;
            Ok(())
        });
        if result.is_err() {
            // The reason for the failure matters more than a leftover file.
            let _ = self.names.remove_unfinished();
        }
        match result {
            Err(_) if self.runner.interrupt.is_triggered() => Err(Unfinished::Interrupted),
            result => result,
        }
    }

    fn copy(&self, path: &Path) -> Result<(), Unfinished> {
        self.create(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let source = Connection::open_with_flags(self.database, flags)?;
        let mut copy = Connection::open(path)?;
        // An incomplete copy is never used, so it needs no journal.
        copy.pragma_update(None, "journal_mode", "OFF")?;
        let backup = backup::Backup::new(&source, &mut copy)?;
        loop {
            if self.runner.interrupt.is_triggered() {
                return Err(Unfinished::Interrupted);
            }
            match backup.step(PAGES_BETWEEN_LOOKS)? {
                StepResult::Done => return Ok(()),
                StepResult::More => {}
                _ => return Err(Unfinished::Busy),
            }
        }
    }

    /// Creates the file with the permissions of the database.
    fn create(&self, path: &Path) -> io::Result<()> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        {
            use std::os::unix::fs::OpenOptionsExt as _;
            options.mode(0o600);
        }
        let file = options.open(path)?;
        file.set_permissions(fs::metadata(self.database)?.permissions())
    }

    /// Checks that a backup passes SQLite's check, and contains the version rows from which the run
    /// starts.
    ///
    /// CHECK constraints are disabled for `quick_check`, because a row that violates one does not
    /// mean that the file is damaged.
    fn verify(&self, path: &Path) -> Result<(), Unfinished> {
        let mut copy = Connection::open(path)?;
        let _waiting = Waiting::begin(&mut copy, self.runner.lock_timeout, &self.runner.interrupt)?;
        // Indexes may use the program's functions or collations.
        if let Some(prepare) = &self.runner.prepare {
            prepare(&copy)?;
        }
        copy.pragma_update(None, "ignore_check_constraints", true)?;
        let found: String = copy.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
        if found != "ok" {
            return Err(Unfinished::Damaged(found));
        }
        let rows = match version_table::read(&copy, &self.runner.chain.version_table) {
            Ok(rows) => rows.map(|found| found.rows).unwrap_or_default(),
            Err(Unusable::Sqlite(source)) => return Err(source.into()),
            Err(Unusable::Defect(_)) => return Err(Unfinished::Elsewhere),
        };
        copy.close().map_err(|(_, source)| source)?;
        if rows == self.rows { Ok(()) } else { Err(Unfinished::Elsewhere) }
    }
}
