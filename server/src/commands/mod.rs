//! The commands other than serving: `backup`, `restore`, `copy`, `copy-originals`, `scrub`, `gc`,
//! `import`, `health` and `user`, one file each.
//!
//! They work while the server is running, except for `restore`, which refuses to run.

mod backup;
mod copy;
mod copy_originals;
mod gc;
pub(crate) mod health;
mod import;
mod restore;
mod scrub;
mod user;

use std::path::PathBuf;
use std::time::Duration;

use aludel::rusqlite;
use tokio::runtime::Runtime;

use crate::database::{Database, Opened};
use crate::failure::Failure;
use crate::settings::Settings;
use crate::store::{CopyError, binding_of};
use crate::uploads::Uploads;

pub(crate) use backup::BackupArguments;
pub(crate) use copy::CopyArguments;
pub(crate) use copy_originals::CopyOriginalsArguments;
pub(crate) use gc::GcArguments;
pub(crate) use import::ImportArguments;
pub(crate) use restore::RestoreArguments;
pub(crate) use scrub::ScrubArguments;
pub(crate) use user::UserCommand;

/// The reason why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CommandError {
    #[error("there is no database at `{}`", path.display())]
    NoDatabase { path: PathBuf },
    #[error("`server {command}` works only on an SQLite database")]
    OnlySqlite { command: &'static str },
    #[error("`{}` already exists", path.display())]
    Exists { path: PathBuf },
    #[error("cannot {action} `{}`", path.display())]
    File { action: &'static str, path: PathBuf, source: std::io::Error },
    #[error("cannot {action} `{}`", path.display())]
    Sqlite { action: &'static str, path: PathBuf, source: rusqlite::Error },
    #[error("`{}` is damaged: {found}", path.display())]
    Damaged { path: PathBuf, found: String },
    #[error("`{}` has no PhotoSafe revision", path.display())]
    NotABackup { path: PathBuf },
    #[error("another process is using the database `{}`", path.display())]
    InUse { path: PathBuf },
    #[error("the database is at {found}, not at the head")]
    NotAtHead { found: String },
    #[error("a library can be copied only from SQLite to PostgreSQL")]
    CopyDirection,
    #[error("the target is neither empty nor at the head: {found}")]
    Target { found: String },
    #[error(transparent)]
    Copy(CopyError),
    #[error("there is no account `{username}`")]
    NoUser { username: String },
    #[error("cannot choose an account, because there is not exactly one")]
    WhichUser,
    #[error("the database and the uploads folder are not bound to each other")]
    NotBound,
    #[error("the originals already are in {place}")]
    SamePlace { place: String },
    #[error("{place} is bound to a database")]
    PlaceBound { place: String },
    #[error("some originals are missing or damaged, so the database was not bound to the copy")]
    OriginalsMissing,
    #[error("{orphans} of {files} files have no photo, which is too many to delete")]
    TooManyOrphans { orphans: usize, files: usize },
}

impl CommandError {
    /// Returns advice on what to do next, or `None` if there is none.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoDatabase { .. } => Some("check `--database`"),
            Self::OnlySqlite { .. } => Some("use PostgreSQL's tools: `pg_dump` and `pg_restore`"),
            Self::Exists { .. } => Some("choose another name; no file is overwritten"),
            Self::InUse { .. } => Some("stop the server and every other program that has it open"),
            Self::NotAtHead { .. } => Some("run `server --migrate-only` first"),
            Self::NoUser { .. } => Some("`server user list` lists the accounts"),
            Self::WhichUser => {
                Some("select the account with `--user`; `server user list` lists the accounts")
            }
            Self::CopyDirection => {
                Some("for example `server copy --from ./photosafe.db --to postgresql://user@host/photosafe`")
            }
            Self::Target { .. } | Self::Copy(CopyError::NotEmpty { .. }) => {
                Some("copy to a new, empty database")
            }
            Self::Copy(CopyError::Row { .. } | CopyError::Value { .. }) => {
                Some("correct the row in the SQLite database; nothing was copied")
            }
            Self::NotBound => Some(
                "check `--database`, `--uploads` and `--originals`; a new database is bound when the server starts",
            ),
            Self::SamePlace { .. } => Some("`--to` is the place to copy to"),
            Self::PlaceBound { .. } => Some(
                "choose another place; if this one held the originals of the same database before, remove its `.binding` first",
            ),
            Self::OriginalsMissing => Some(
                "look for them in a backup, then repeat the command; `--allow-missing` binds the database without them",
            ),
            Self::TooManyOrphans { .. } => {
                Some("check that `--database` is the current database, not an old copy; nothing was deleted")
            }
            Self::File { .. }
            | Self::Sqlite { .. }
            | Self::Damaged { .. }
            | Self::NotABackup { .. }
            | Self::Copy(_) => None,
        }
    }
}

/// Runs a command that uses the originals. Requests to a bucket need a runtime.
pub(crate) fn with_runtime(command: impl FnOnce() -> Result<u8, Failure>) -> Result<u8, Failure> {
    let runtime = Runtime::new()?;
    let _context = runtime.enter();
    command()
}

/// Opens an existing database at the head for reading, even while the server is running.
fn open_at_head(database: &Database, lock_timeout: Duration) -> Result<Opened, Failure> {
    require_database(database)?;
    let opened = database.open(lock_timeout)?;
    let found = opened.current(lock_timeout)?;
    if found != database.head() {
        let found = if found.is_empty() { "no revision".to_owned() } else { found.join(", ") };
        return Err(CommandError::NotAtHead { found }.into());
    }
    Ok(opened)
}

/// Returns an error if the database file does not exist.
fn require_database(database: &Database) -> Result<(), CommandError> {
    match database.path() {
        Some(path) if !path.exists() => Err(CommandError::NoDatabase { path: path.to_owned() }),
        _ => Ok(()),
    }
}

/// Returns the database for a command that works only on SQLite.
fn sqlite<'a>(settings: &'a Settings, command: &'static str) -> Result<&'a aludel::Database, CommandError> {
    match &settings.database {
        Database::Sqlite(database) => Ok(database),
        Database::Postgres(_) => Err(CommandError::OnlySqlite { command }),
    }
}

/// Opens a database at the head, and the uploads that are bound to it. Changes neither of them.
/// Returns their id, too.
fn open_pair(settings: &Settings) -> Result<(Opened, Uploads, String), Failure> {
    let opened = open_at_head(&settings.database, settings.lock_timeout)?;
    let database = binding_of(opened.connection())?;
    let uploads = settings.uploads()?;
    match (database, uploads.bound_to().map_err(Failure::uploads)?) {
        (Some(database), Some(id)) if database == id => {
            Ok((opened, uploads.prepared().map_err(Failure::uploads)?, id))
        }
        _ => Err(CommandError::NotBound.into()),
    }
}
