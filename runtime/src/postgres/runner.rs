//! The settings of a runner.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aludel_core::chain::Chain;
use postgres::{CancelToken, Client, NoTls};

use crate::chain::Watched;
use crate::watch::warn_of_changed_files;
use crate::{Error, Interrupt, Progress};

/// The default limit on how long a run waits for its lock.
const USUAL_LOCK_TIMEOUT: Duration = Duration::from_secs(30);

/// The default limit on how long a statement of a script waits for a lock. While it waits for a
/// lock on a table, every later query on the table waits behind it.
const USUAL_STATEMENT_LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// A function that opens another connection to the same database.
pub(super) type Connect = Arc<dyn Fn() -> Result<Client, Error> + Send + Sync>;

/// A function that cancels the statement that is running on a connection.
pub(super) type Cancel = Arc<dyn Fn(&CancelToken) + Send + Sync>;

/// A function that receives the progress of a run.
pub(super) type Listener = Arc<dyn Fn(&Progress<'_>) + Send + Sync>;

/// The settings of a [`Migrator`](super::Migrator), without the type of the chain.
#[derive(Clone)]
pub(super) struct Runner<'c> {
    pub(super) chain: &'c Chain,
    /// The files to check for changes after a debug build.
    pub(super) watched: Option<&'static Watched>,
    pub(super) lock_timeout: Duration,
    pub(super) statement_lock_timeout: Duration,
    pub(super) statement_timeout: Duration,
    pub(super) interrupt: Interrupt,
    pub(super) listener: Option<Listener>,
    pub(super) connect: Option<Connect>,
    pub(super) cancel: Cancel,
    pub(super) schema: Option<String>,
    pub(super) ignored: Vec<String>,
    pub(super) unproved: bool,
    pub(super) outside_allowed: bool,
}

impl<'c> Runner<'c> {
    pub(super) fn new(chain: &'c Chain, watched: Option<&'static Watched>) -> Self {
        Self {
            chain,
            watched,
            lock_timeout: USUAL_LOCK_TIMEOUT,
            statement_lock_timeout: USUAL_STATEMENT_LOCK_TIMEOUT,
            statement_timeout: Duration::ZERO,
            interrupt: Interrupt::new(),
            listener: None,
            connect: None,
            // A server that requires TLS rejects this. In that case, the run stops after the
            // statement.
            cancel: Arc::new(|token| drop(token.cancel_query(NoTls))),
            schema: None,
            ignored: Vec::new(),
            unproved: false,
            outside_allowed: false,
        }
    }

    /// Warns the developer if scripts on disk differ from those in a debug build.
    pub(super) fn warn_of_changed_files(&self) {
        warn_of_changed_files(self.chain, self.watched);
    }

    /// Converts a PostgreSQL error outside a script.
    pub(super) fn error(&self, doing: &'static str, source: postgres::Error) -> Error {
        if self.interrupt.is_triggered() {
            return Error::Interrupted;
        }
        Error::Database { doing, source: source.into() }
    }

    pub(super) fn stop_if_interrupted(&self) -> Result<(), Error> {
        if self.interrupt.is_triggered() { Err(Error::Interrupted) } else { Ok(()) }
    }
}

impl fmt::Debug for Runner<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Runner")
            .field("heads", &self.chain.heads)
            .field("lock_timeout", &self.lock_timeout)
            .finish_non_exhaustive()
    }
}
