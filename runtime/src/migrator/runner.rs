//! The settings of a runner, and what all its questions and runs need.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aludel_core::chain::Chain;
use aludel_core::graph::Graph;
use aludel_core::plan::Position;
use aludel_core::schema::OF_REPLICATION;
use rusqlite::Connection;

use crate::executor::Executor;
use crate::guard::Waiting;
use crate::own_table::Unusable;
use crate::status::{Situation, classify};
use crate::{Error, Interrupt};

/// How long a run waits for another process where nothing else is said.
const USUAL_LOCK_TIMEOUT: Duration = Duration::from_secs(30);

/// What prepares a connection.
pub(crate) type Prepare = Arc<dyn Fn(&Connection) -> rusqlite::Result<()> + Send + Sync>;

/// What is told of a run while it is on.
pub(super) type Listener = Arc<dyn Fn(&Progress<'_>) + Send + Sync>;

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

/// Brings databases of a chain from one revision to another, and says where they are: what a [`crate::Migrator`] does with targets that a
/// person types.
///
/// Every run is one transaction: all scripts of it are applied, or none is.
#[derive(Clone)]
pub struct Runner<'c> {
    pub(crate) chain: &'c Chain,
    /// The folder to look at for scripts that were added since a debug build was made.
    pub(super) watched: Option<&'static str>,
    pub(crate) lock_timeout: Duration,
    pub(crate) interrupt: Interrupt,
    pub(crate) listener: Option<Listener>,
    pub(super) prepare: Option<Prepare>,
    pub(super) ignored: Vec<String>,
    pub(crate) unproved: bool,
}

impl<'c> Runner<'c> {
    pub(super) fn new(chain: &'c Chain, watched: Option<&'static str>) -> Self {
        Self {
            chain,
            watched,
            lock_timeout: USUAL_LOCK_TIMEOUT,
            interrupt: Interrupt::new(),
            listener: None,
            prepare: None,
            ignored: OF_REPLICATION.map(str::to_owned).to_vec(),
            unproved: false,
        }
    }

    pub(crate) fn situation(&self, connection: &Connection, graph: &Graph) -> Result<Situation, Error> {
        classify(connection, self.chain, graph, &self.ignored)
            .map_err(|error| self.version_table_error("reading the version rows and the ledger", error))
    }

    /// Where a run begins; or why it must not.
    pub(crate) fn position_of(&self, connection: &Connection, graph: &Graph) -> Result<Position, Error> {
        Ok(self.found(connection, graph)?.0)
    }

    /// The same, and the version rows as they are.
    pub(crate) fn found(
        &self,
        connection: &Connection,
        graph: &Graph,
    ) -> Result<(Position, Vec<String>), Error> {
        let situation = self.situation(connection, graph)?;
        situation.found(|| self.resemblance(connection, graph).unwrap_or_default().matches)
    }

    /// The same for a stamp: a database that is unversioned is at base.
    pub(crate) fn found_to_stamp(
        &self,
        connection: &Connection,
        graph: &Graph,
    ) -> Result<(Position, Vec<String>), Error> {
        match self.situation(connection, graph)? {
            Situation::Unversioned(_) => Ok(<(Position, Vec<String>)>::default()),
            situation => situation.found(Vec::new),
        }
    }

    /// Names why the version table cannot be used.
    pub(crate) fn version_table_error(&self, doing: &'static str, unusable: Unusable) -> Error {
        Error::of_own_table(&self.chain.version_table, unusable, |source| self.error(doing, source))
    }

    /// Names an error of SQLite.
    pub(crate) fn error(&self, doing: &'static str, source: rusqlite::Error) -> Error {
        Error::of_sqlite(doing, source, self.lock_timeout, self.interrupt.is_triggered())
    }

    pub(crate) fn executor(&self) -> Executor<'_> {
        Executor { runner: self, graph: self.chain.graph() }
    }

    /// Prepares a connection, and lets it wait for locks.
    pub(super) fn prepare_connection(&self, connection: &mut Connection) -> Result<Waiting, Error> {
        self.warn_of_added_scripts();
        let failed = |source| self.error("preparing to wait for the lock", source);
        let mut waiting = Waiting::begin(connection, self.lock_timeout, &self.interrupt).map_err(failed)?;
        self.run_hook(connection)?;
        waiting.renew(connection, &self.interrupt).map_err(failed)?;
        Ok(waiting)
    }

    pub(crate) fn run_hook(&self, connection: &Connection) -> Result<(), Error> {
        match &self.prepare {
            Some(prepare) => prepare(connection).map_err(|source| Error::Prepare { source }),
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
