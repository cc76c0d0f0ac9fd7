//! The commands that do not serve: `backup`, `restore`, `scrub`, `gc`, `import`, `health` and
//! `user`, one file each.
//!
//! They work next to a running server, except `restore`, which refuses to.

mod backup;
mod gc;
pub(crate) mod health;
mod import;
mod restore;
mod scrub;
mod user;

use std::path::PathBuf;

use aludel::chain::Position as _;
use aludel::rusqlite::{self, Connection};

use crate::failure::Failure;
use crate::migrations::{CHAIN, Head};
use crate::settings::Settings;
use crate::store::binding_of;
use crate::uploads::{FolderState, Uploads};

pub(crate) use backup::BackupArguments;
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
    #[error("`{}` already exists", path.display())]
    Exists { path: PathBuf },
    #[error("cannot {action} `{}`", path.display())]
    File { action: &'static str, path: PathBuf, source: std::io::Error },
    #[error("cannot {action} `{}`", path.display())]
    Sqlite { action: &'static str, path: PathBuf, source: rusqlite::Error },
    #[error("`{}` is damaged: {found}", path.display())]
    Damaged { path: PathBuf, found: String },
    #[error("`{}` holds no revision of PhotoSafe", path.display())]
    NotABackup { path: PathBuf },
    #[error("another process uses the database `{}`", path.display())]
    InUse { path: PathBuf },
    #[error("the database is at {found}, not at the head")]
    NotAtHead { found: String },
    #[error("there is no account `{username}`")]
    NoUser { username: String },
    #[error("there is not exactly one account")]
    WhichUser,
    #[error("the database and the uploads folder are not bound to each other")]
    NotBound,
    #[error("{orphans} of {files} files have no photo, too many to delete any")]
    TooManyOrphans { orphans: usize, files: usize },
}

impl CommandError {
    /// Returns the next step, or `None` if there is no sensible one.
    pub(crate) fn hint(&self) -> Option<&'static str> {
        match self {
            Self::NoDatabase { .. } => Some("check `--database`"),
            Self::Exists { .. } => Some("choose another name; no file is overwritten"),
            Self::InUse { .. } => Some("stop the server and every other program that has it open"),
            Self::NotAtHead { .. } => Some("run `server --migrate-only` first"),
            Self::NoUser { .. } => Some("`server user list` lists the accounts"),
            Self::WhichUser => Some("name the account with `--user`; `server user list` lists the accounts"),
            Self::NotBound => Some("check `--database` and `--uploads`"),
            Self::TooManyOrphans { .. } => {
                Some("check that `--database` is the current database, not an old copy; nothing was deleted")
            }
            Self::File { .. } | Self::Sqlite { .. } | Self::Damaged { .. } | Self::NotABackup { .. } => None,
        }
    }
}

/// Opens a database that must exist, to read it next to a running server.
fn open_existing(settings: &Settings) -> Result<Connection, Failure> {
    let path = settings.database.path();
    if !path.exists() {
        return Err(CommandError::NoDatabase { path: path.to_owned() }.into());
    }
    Ok(settings.database.open()?)
}

/// Opens a database at the head and the folder that is bound to it. Changes neither.
fn open_pair(settings: &Settings) -> Result<(Connection, Uploads), Failure> {
    let connection = open_existing(settings)?;
    let found = CHAIN.migrator().lock_timeout(settings.lock_timeout).current(&connection)?;
    if found != Head::REVISIONS {
        let found = if found.is_empty() { "no revision".to_owned() } else { found.join(", ") };
        return Err(CommandError::NotAtHead { found }.into());
    }
    let database = binding_of(&connection)?;
    let folder = FolderState::read(&settings.uploads).map_err(Failure::uploads)?.id;
    if database.is_none() || database != folder {
        return Err(CommandError::NotBound.into());
    }
    Ok((connection, Uploads::open(&settings.uploads).map_err(Failure::uploads)?))
}
