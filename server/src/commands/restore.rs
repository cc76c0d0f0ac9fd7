//! `server restore`: replaces the content of the database with the content of a backup.

use std::path::{Path, PathBuf};

use aludel::rusqlite::{Connection, ErrorCode};
use aludel::{Database, Status};
use clap::Args;

use crate::console;
use crate::failure::Failure;
use crate::migrations::CHAIN;
use crate::settings::Settings;
use crate::store::stamp;

use super::backup::{copy_rows, copy_to_file, verify};
use super::{CommandError, sqlite};

/// The arguments of `server restore`.
#[derive(Debug, Clone, Args)]
pub(crate) struct RestoreArguments {
    /// A copy made by `server backup`, or before a migration
    file: PathBuf,
}

impl RestoreArguments {
    /// Verifies the backup, copies the current database next to itself, and then replaces its
    /// content in one transaction.
    pub(crate) fn run(&self, settings: &Settings) -> Result<u8, Failure> {
        let database = sqlite(settings, "restore")?;
        let source = self.open(settings)?;
        let (path, existed) = (database.path(), database.path().exists());
        let mut target = database.open()?;
        require_sole_use(&target, path)?;
        if existed {
            let kept = kept_as(path);
            copy_to_file(&target, path, &kept)?;
            console::say(format_args!("the previous database is in {}", kept.display()));
        }
        copy_rows(&source, &mut target).map_err(|source| CommandError::Sqlite {
            action: "restore",
            path: path.to_owned(),
            source,
        })?;
        verify(&target, path)?;
        console::say(format_args!("restored {} from {}", path.display(), self.file.display()));
        Ok(0)
    }

    /// Opens the backup. Returns an error if it is damaged or at a revision that this program does
    /// not know.
    fn open(&self, settings: &Settings) -> Result<Connection, Failure> {
        let no_database = || CommandError::NoDatabase { path: self.file.clone() };
        let database = Database::parse(&self.file.display().to_string()).map_err(|_| no_database())?;
        let source = database.open_for_reading()?.ok_or_else(no_database)?;
        verify(&source, &self.file)?;
        let migrator = CHAIN.migrator().lock_timeout(settings.lock_timeout);
        migrator.check(&source)?;
        match migrator.status(Some(&source))? {
            Status::Fresh => Err(CommandError::NotABackup { path: self.file.clone() }.into()),
            _ => Ok(source),
        }
    }
}

/// Turns off the write-ahead log, which SQLite does only if there is no other connection
/// (<https://sqlite.org/wal.html#persistence_of_wal_mode>). The server turns it on again when it
/// starts.
fn require_sole_use(connection: &Connection, path: &Path) -> Result<(), CommandError> {
    let mode = connection.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get(0));
    match mode {
        Ok::<String, _>(mode) if mode.eq_ignore_ascii_case("delete") => Ok(()),
        Err(source)
            if !matches!(
                source.sqlite_error_code(),
                Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)
            ) =>
        {
            Err(CommandError::Sqlite { action: "lock", path: path.to_owned(), source })
        }
        _ => Err(CommandError::InUse { path: path.to_owned() }),
    }
}

/// Returns the name for the copy of the current database.
fn kept_as(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.replaced.backup", stamp::now().strftime("%Y%m%dT%H%M%S%fZ")));
    name.into()
}
