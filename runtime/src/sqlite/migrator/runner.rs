//! The settings of a runner, and the shared parts of its operations.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aludel_core::chain::Chain;
use aludel_core::neighbours::OF_REPLICATION;
use rusqlite::Connection;

use crate::chain::Watched;
use crate::sqlite::guard::Waiting;
use crate::sqlite::own_table::Unusable;
use crate::watch::warn_of_changed_files;
use crate::{Backup, Error, Interrupt, Progress};

/// The default lock timeout.
const USUAL_LOCK_TIMEOUT: Duration = Duration::from_secs(30);

/// A function that prepares a connection.
pub(crate) type Prepare = Arc<dyn Fn(&Connection) -> rusqlite::Result<()> + Send + Sync>;

/// A function that receives the progress of a run.
pub(super) type Listener = Arc<dyn Fn(&Progress<'_>) + Send + Sync>;

/// The settings of a [`Migrator`](crate::Migrator), and its operations without the type of the
/// chain.
#[derive(Clone)]
pub(crate) struct Runner<'c> {
    pub(crate) chain: &'c Chain,
    /// The files to check for changes after a debug build.
    pub(super) watched: Option<&'static Watched>,
    pub(crate) lock_timeout: Duration,
    pub(crate) interrupt: Interrupt,
    pub(crate) listener: Option<Listener>,
    pub(crate) prepare: Option<Prepare>,
    pub(crate) ignored: Vec<String>,
    pub(crate) unproved: bool,
    pub(crate) backup: Option<Backup>,
    pub(crate) outside_allowed: bool,
}

impl<'c> Runner<'c> {
    pub(super) fn new(chain: &'c Chain, watched: Option<&'static Watched>) -> Self {
        Self {
            chain,
            watched,
            lock_timeout: USUAL_LOCK_TIMEOUT,
            interrupt: Interrupt::new(),
            listener: None,
            prepare: None,
            ignored: OF_REPLICATION.map(str::to_owned).to_vec(),
            unproved: false,
            backup: None,
            outside_allowed: false,
        }
    }

    /// Converts an error in the version table.
    pub(crate) fn version_table_error(&self, doing: &'static str, unusable: Unusable) -> Error {
        Error::of_own_table(&self.chain.version_table, unusable, |source| self.error(doing, source))
    }

    /// Converts an SQLite error.
    pub(crate) fn error(&self, doing: &'static str, source: rusqlite::Error) -> Error {
        Error::of_sqlite(doing, source, self.lock_timeout, self.interrupt.is_triggered())
    }

    /// Prepares a connection, and makes it wait for locks.
    pub(super) fn prepare_connection(&self, connection: &mut Connection) -> Result<Waiting, Error> {
        warn_of_changed_files(self.chain, self.watched);
        let failed = |source| self.error("preparing to wait for the lock", source);
        let mut waiting = Waiting::begin(connection, self.lock_timeout, &self.interrupt).map_err(failed)?;
        if self.prepare.is_some() {
            self.run_hook(connection)?;
            waiting.renew(connection, &self.interrupt).map_err(failed)?;
        }
        Ok(waiting)
    }

    pub(crate) fn run_hook(&self, connection: &Connection) -> Result<(), Error> {
        match &self.prepare {
            Some(prepare) => prepare(connection).map_err(|source| Error::Prepare { source: source.into() }),
            None => Ok(()),
        }
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
