//! What a program asks of a chain and a database: the settings here, the questions in [`reports`] and [`plans`], the runs in [`runs`] and [`typed`], and as text in
//! [`scripts`].

mod plans;
mod reports;
mod runs;
mod scripts;
mod typed;
mod watch;

pub use scripts::Start;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aludel_core::graph::Graph;
use rusqlite::Connection;

use crate::executor::Executor;
use crate::status::{Situation, classify};
use crate::{Chain, Error, Interrupt, guard};

/// How long a run waits for another process where nothing else is said.
const USUAL_LOCK_TIMEOUT: Duration = Duration::from_secs(30);

/// What prepares a connection.
pub(crate) type Prepare = Arc<dyn Fn(&Connection) -> rusqlite::Result<()> + Send + Sync>;

/// What is told of a run while it is on.
type Listener = Arc<dyn Fn(&Progress<'_>) + Send + Sync>;

/// How far a run is: told before each script, and once when all are done.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress<'a> {
    /// How many scripts are done.
    pub done: usize,
    /// How many there are.
    pub total: usize,
    /// The revision whose script runs now; empty at the end.
    pub revision: &'a str,
    /// What it does, in one line.
    pub message: &'a str,
}

/// Brings databases of a chain from one revision to another, and says where they are.
///
/// Every run is one transaction: all scripts of it are applied, or none is.
pub struct Migrator<'c, C> {
    pub(crate) chain: &'c Chain<C>,
    pub(crate) lock_timeout: Duration,
    pub(crate) interrupt: Interrupt,
    pub(crate) listener: Option<Listener>,
    prepare: Option<Prepare>,
    pub(crate) ignored: Vec<String>,
    pub(crate) unproved: bool,
}

impl<'c, C> Migrator<'c, C> {
    pub(crate) fn new(chain: &'c Chain<C>) -> Self {
        Self {
            chain,
            lock_timeout: USUAL_LOCK_TIMEOUT,
            interrupt: Interrupt::new(),
            listener: None,
            prepare: None,
            ignored: Vec::new(),
            unproved: false,
        }
    }

    /// The chain that its databases move along.
    pub fn chain(&self) -> &'c Chain<C> {
        self.chain
    }

    /// Waits so long for another process that holds the database; 30 seconds where nothing else is said.
    #[must_use]
    pub fn lock_timeout(mut self, limit: Duration) -> Self {
        self.lock_timeout = limit;
        self
    }

    /// Stops when this flag is triggered: the run is rolled back.
    #[must_use]
    pub fn interrupt(mut self, interrupt: Interrupt) -> Self {
        self.interrupt = interrupt;
        self
    }

    /// Tells how far the run is.
    #[must_use]
    pub fn on_progress(mut self, listener: impl Fn(&Progress<'_>) + Send + Sync + 'static) -> Self {
        self.listener = Some(Arc::new(listener));
        self
    }

    /// Prepares each connection before it is used, with the functions and collations that scripts or tables need.
    #[must_use]
    pub fn prepare(
        mut self,
        prepare: impl Fn(&Connection) -> rusqlite::Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.prepare = Some(Arc::new(prepare));
        self
    }

    /// Ignores tables that other programs keep in the same file, when it says whether a database is unversioned.
    #[must_use]
    pub fn ignore_tables<T: Into<String>>(mut self, tables: impl IntoIterator<Item = T>) -> Self {
        self.ignored.extend(tables.into_iter().map(Into::into));
        self
    }

    /// Records in the ledger that the scripts run without the proof.
    #[must_use]
    pub fn unproved(mut self) -> Self {
        self.unproved = true;
        self
    }

    pub(crate) fn situation(&self, connection: &Connection, graph: &Graph) -> Result<Situation, Error> {
        classify(connection, self.chain, graph, &self.ignored)
            .map_err(|source| self.error("reading the version rows and the ledger", source))
    }

    /// Names an error of SQLite.
    pub(crate) fn error(&self, doing: &'static str, source: rusqlite::Error) -> Error {
        Error::of_sqlite(doing, source, self.lock_timeout, self.interrupt.is_triggered())
    }

    fn executor(&self) -> Executor<'_, 'c, C> {
        Executor { migrator: self }
    }

    fn prepare_connection(&self, connection: &mut Connection) -> Result<(), Error> {
        self.warn_of_added_scripts();
        guard::raise(connection, self.lock_timeout, &self.interrupt)
            .map_err(|source| self.error("preparing to wait for the lock", source))?;
        self.run_hook(connection)
    }

    fn run_hook(&self, connection: &Connection) -> Result<(), Error> {
        match &self.prepare {
            Some(prepare) => prepare(connection).map_err(|source| Error::Prepare { source }),
            None => Ok(()),
        }
    }
}

impl<C> Clone for Migrator<'_, C> {
    fn clone(&self) -> Self {
        Self {
            chain: self.chain,
            lock_timeout: self.lock_timeout,
            interrupt: self.interrupt.clone(),
            listener: self.listener.clone(),
            prepare: self.prepare.clone(),
            ignored: self.ignored.clone(),
            unproved: self.unproved,
        }
    }
}

impl<C> fmt::Debug for Migrator<'_, C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Migrator")
            .field("chain", &self.chain)
            .field("lock_timeout", &self.lock_timeout)
            .finish_non_exhaustive()
    }
}
