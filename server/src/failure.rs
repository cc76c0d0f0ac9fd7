//! What ends the process, and with which exit code.

use std::io;
use std::net::SocketAddr;

use aludel::Status;
use aludel::rusqlite;

use crate::binding::{Pair, Stranger};
use crate::signals::Signal;
use crate::store::OpenError;

/// Why the process ends without having done what it was asked to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("the database is not at the head and may not be migrated (`--no-migrate`): {status}")]
    Pending { status: Status },
    #[error(transparent)]
    Database(#[from] aludel::Error),
    #[error(
        "the database `{}` and the uploads folder `{}` do not belong together",
        pair.database.display(), pair.uploads.display()
    )]
    Stranger {
        pair: Pair,
        #[source]
        stranger: Stranger,
    },
    #[error("the schema of the database is not the one that the migrations make:\n  {}", differences.join("\n  "))]
    Drift { differences: Vec<String> },
    #[error("the database cannot be compared with the uploads folder")]
    Inspect(#[from] rusqlite::Error),
    #[error("interrupted {when}")]
    Interrupted { signal: Signal, when: &'static str },
    #[error("cannot listen on {address}")]
    Listen { address: SocketAddr, source: io::Error },
    #[error("the folder of uploads cannot be used")]
    Uploads(#[source] Box<crate::error::Error>),
    #[error("the database cannot be opened for serving")]
    Open(#[from] OpenError),
    #[error("the routes contradict each other")]
    Routes(#[from] matchit::InsertError),
    #[error("the runtime failed")]
    Runtime(#[from] io::Error),
    #[error("a task of the server's died")]
    Task(#[from] tokio::task::JoinError),
    #[error("requests were still in flight at the deadline and were cut off")]
    Cut,
}

impl Failure {
    /// What to do next, where there is a sensible step.
    pub(crate) fn hint(&self) -> Option<String> {
        match self {
            Self::Database(error) => error.hint(),
            Self::Pending { .. } => {
                Some("start without `--no-migrate`, or run `server --migrate-only` first".to_owned())
            }
            Self::Stranger { pair, .. } => Some(format!(
                "check `--database` and `--uploads`; if they do belong together, `server bind-uploads --database {} --uploads {}` binds them",
                pair.database.display(),
                pair.uploads.display()
            )),
            Self::Drift { .. } => Some(
                "`server db diff head` shows the SQL of the difference; `--allow-drift` serves the database as it is"
                    .to_owned(),
            ),
            _ => None,
        }
    }

    /// The uploads folder cannot be used.
    pub(crate) fn uploads(error: crate::error::Error) -> Self {
        Self::Uploads(Box::new(error))
    }

    /// The process's exit code.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Database(error) => error.exit_code(),
            Self::Interrupted { signal, .. } => signal.exit_code(),
            Self::Pending { .. }
            | Self::Stranger { .. }
            | Self::Drift { .. }
            | Self::Inspect(_)
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
