//! What ends the process, and with which exit code.

use std::io;
use std::net::SocketAddr;

use aludel::Status;

use crate::signals::Signal;
use crate::store::OpenError;

/// Why the process ends without having done what it was asked to do.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error("the database is not at the head and may not be migrated (`--no-migrate`): {status}")]
    Pending { status: Status },
    #[error(transparent)]
    Database(#[from] aludel::Error),
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
            _ => None,
        }
    }

    /// The process's exit code.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Self::Database(error) => error.exit_code(),
            Self::Interrupted { signal, .. } => signal.exit_code(),
            Self::Pending { .. }
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
