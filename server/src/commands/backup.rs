//! `server backup`: copies the database while it is served.

mod unfinished;

use std::path::{Path, PathBuf};

use aludel::rusqlite::backup::{Backup, StepResult};
use aludel::rusqlite::{self, Connection};
use clap::Args;

use crate::console;
use crate::failure::Failure;
use crate::settings::Settings;

use super::{CommandError, require_database, sqlite};

/// The arguments of `server backup`.
#[derive(Debug, Clone, Args)]
pub(crate) struct BackupArguments {
    /// The file to create; it must not exist
    file: PathBuf,
}

impl BackupArguments {
    /// Copies the database to the file.
    pub(crate) fn run(&self, settings: &Settings) -> Result<u8, Failure> {
        let database = sqlite(settings, "backup")?;
        require_database(&settings.database)?;
        copy_to_file(&database.open()?, database.path(), &self.file)?;
        console::say(format_args!(
            "copied the database to {}; the photos in {} were not copied",
            self.file.display(),
            settings.pair().originals
        ));
        Ok(0)
    }
}

/// Copies a database to a new file with SQLite's online backup
/// (<https://sqlite.org/backup.html>).
///
/// The file gets its final name only when the copy is complete, verified and synced to disk.
pub(super) fn copy_to_file(source: &Connection, path: &Path, target: &Path) -> Result<(), CommandError> {
    let file = |action, source| CommandError::File { action, path: target.to_owned(), source };
    let folder = match target.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let unfinished = unfinished::create(folder).map_err(|source| file("create", source))?;
    let sqlite = |source| CommandError::Sqlite { action: "copy", path: path.to_owned(), source };
    let mut copy = Connection::open(unfinished.copy.path()).map_err(sqlite)?;
    copy_rows(source, &mut copy).map_err(sqlite)?;
    verify(&copy, target)?;
    copy.close().map_err(|(_, source)| sqlite(source))?;
    unfinished.copy.as_file().sync_all().map_err(|source| file("write", source))?;
    unfinished.copy.persist_noclobber(target).map_err(|error| match error.error.kind() {
        std::io::ErrorKind::AlreadyExists => CommandError::Exists { path: target.to_owned() },
        _ => file("create", error.error),
    })?;
    std::fs::File::open(folder).and_then(|folder| folder.sync_all()).map_err(|source| file("write", source))
}

/// Copies all pages in one step. With a write-ahead log, this blocks no writer.
pub(super) fn copy_rows(from: &Connection, to: &mut Connection) -> Result<(), rusqlite::Error> {
    let backup = Backup::new(from, to)?;
    match backup.step(-1)? {
        StepResult::Done => Ok(()),
        _ => Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
            Some("the database is locked".to_owned()),
        )),
    }
}

/// Runs SQLite's full integrity check.
pub(super) fn verify(connection: &Connection, path: &Path) -> Result<(), CommandError> {
    let found: Result<String, _> = connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0));
    match found {
        Ok(found) if found == "ok" => Ok(()),
        Ok(found) => Err(CommandError::Damaged { path: path.to_owned(), found }),
        Err(source) => Err(CommandError::Sqlite { action: "check", path: path.to_owned(), source }),
    }
}
