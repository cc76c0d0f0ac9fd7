//! The errors that end the process, with their exit codes.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use aludel::Status;

use crate::binding::{Pair, Stranger};
use crate::commands::CommandError;
use crate::signals::Signal;
use crate::store::{DatabaseError, OpenError};

/// The reason why the process failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("the database is not at the head, and `--no-migrate` forbids migrating it: {status}")]
    Pending { status: Status },
    #[error(transparent)]
    Database(#[from] aludel::Error),
    #[error(
        "the database `{}` and the originals in `{}` do not belong together",
        pair.database, pair.originals
    )]
    Stranger {
        pair: Pair,
        #[source]
        stranger: Stranger,
    },
    #[error("the database's schema differs from the schema that the migrations produce:\n  {}", differences.join("\n  "))]
    Drift { differences: Vec<String> },
    #[error("cannot compare the database with the uploads folder")]
    Inspect(#[source] DatabaseError),
    #[error(transparent)]
    Command(#[from] CommandError),
    #[error("cannot use the accounts")]
    User(#[source] Box<crate::error::Error>),
    #[error("interrupted {when}")]
    Interrupted { signal: Signal, when: &'static str },
    #[error(
        "the copy of the database that is made before a migration needs {needed} bytes, but only {free} are free in `{}`",
        folder.display()
    )]
    NoSpaceForBackup { folder: PathBuf, needed: u64, free: u64 },
    #[error("the server at {address} does not answer")]
    Health { address: SocketAddr, source: io::Error },
    #[error("cannot listen on {address}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("cannot use the uploads folder")]
    Uploads(#[source] Box<crate::error::Error>),
    #[error("cannot open the database for serving")]
    Open(#[from] OpenError),
    #[error("the routes conflict")]
    Routes(#[from] matchit::InsertError),
    #[error("the runtime failed")]
    Runtime(#[from] io::Error),
    #[error("a server task panicked")]
    Task(#[from] tokio::task::JoinError),
    #[error("requests were still in flight at the deadline and were aborted")]
    Cut,
}

impl From<DatabaseError> for Failure {
    fn from(error: DatabaseError) -> Self {
        match error {
            DatabaseError::Connect(error) => Self::Database(*error),
            error => Self::Inspect(error),
        }
    }
}

impl Failure {
    /// Returns advice on what to do next, or `None` if there is none.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Database(error) => error.hint(),
            Self::Command(error) => error.hint().map(str::to_owned),
            Self::Pending { .. } => {
                Some("start without `--no-migrate`, or run `server --migrate-only` first".to_owned())
            }
            Self::Stranger { pair, .. } => Some(format!(
                "check `--database` and `{option}`; if they do belong together, bind them with `server bind-uploads --database {} {option} {}`",
                pair.database,
                pair.originals,
                option = if pair.originals.starts_with("s3://") { "--originals" } else { "--uploads" },
            )),
            Self::Uploads(error) if matches!(**error, crate::error::Error::Bucket(_)) => Some(
                "check `--originals` and the environment variables that begin with `AWS_`, then repeat the command".to_owned(),
            ),
            Self::NoSpaceForBackup { .. } => Some(
                "free some space, choose another folder with `--backup-folder`, or migrate without a copy with `--no-backup`".to_owned(),
            ),
            Self::Drift { .. } => Some(
                "`server db diff head` shows the differences; `--allow-drift` serves the database as it is"
                    .to_owned(),
            ),
            _ => None,
        }
    }

    /// Creates a failure of a `server user` command.
    pub(crate) fn user(error: crate::error::Error) -> Self {
        Self::User(Box::new(error))
    }

    /// Creates a failure to use the uploads folder.
    pub(crate) fn uploads(error: crate::error::Error) -> Self {
        Self::Uploads(Box::new(error))
    }

    /// Returns the exit code of the process.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Database(error) => error.exit_code(),
            Self::Interrupted { signal, .. } => signal.exit_code(),
            Self::Command(_)
            | Self::User(_)
            | Self::Pending { .. }
            | Self::Stranger { .. }
            | Self::Drift { .. }
            | Self::Inspect(_)
            | Self::NoSpaceForBackup { .. }
            | Self::Health { .. }
            | Self::Listen { .. }
            | Self::Uploads(_)
            | Self::Open(_)
            | Self::Routes(_)
            | Self::Runtime(_)
            | Self::Task(_)
            | Self::Cut => 1,
        }
    }
}
