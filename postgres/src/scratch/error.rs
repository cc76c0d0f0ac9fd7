//! The errors of a scratch server.

use std::path::PathBuf;

/// An error of a scratch server or of one of its databases.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "each variant is explained by its message")]
pub enum ScratchError {
    #[error(
        "no PostgreSQL server for the proof: expected the programs `initdb` and `postgres` in PATH or \
         /usr/lib/postgresql, or a server on which databases can be created"
    )]
    NoServer,
    #[error("cannot parse the URL of the PostgreSQL server")]
    Url(#[source] postgres::Error),
    #[error("cannot connect to the PostgreSQL server")]
    Connect(#[source] postgres::Error),
    #[error("cannot use the given PostgreSQL server")]
    Given(#[source] Box<dyn std::error::Error + Send + Sync>),
    #[error("the PostgreSQL server reports an error")]
    Server(#[from] postgres::Error),
    #[error("cannot run `{program}`")]
    Run { program: PathBuf, source: std::io::Error },
    #[error("`{program}` failed: {output}")]
    Failed { program: PathBuf, output: String },
    #[error("cannot create the folder of the scratch server")]
    Folder(#[source] std::io::Error),
    #[error("the scratch server did not start: {log}")]
    NotStarted { log: String },
    #[error("revision `{id}` passed before, but fails on another scratch database: {message}")]
    Replay { id: String, message: String },
    #[error("another thread of this process failed while it used the server")]
    Busy,
}

impl ScratchError {
    /// Returns how to fix the error, or `None` if that is unknown.
    #[must_use]
    pub fn help(&self) -> Option<&'static str> {
        match self {
            Self::NoServer => Some(
                "install PostgreSQL (on Debian `apt-get install postgresql`), or pass the URL of a server \
                 whose user can create databases, such as `--url postgres://localhost/postgres`",
            ),
            Self::Url(_) => Some("write a URL such as `postgres://user@localhost/postgres`"),
            _ => None,
        }
    }
}
