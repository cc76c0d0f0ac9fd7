//! The settings of a runner, and the shared parts of its operations.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aludel_core::chain::Chain;
use aludel_core::graph::Graph;
use aludel_core::plan::{self, Position};
use postgres::Client;

use super::session::Session;
use crate::chain::Watched;
use crate::plans::{downgrade_plan, reversible, stamp_plan, upgrade_plan};
use crate::status::{RunStart, Situation, classify};
use crate::watch::warn_of_changed_files;
use crate::{Error, Interrupt, Plan, Progress, ledger_plan, squash};

/// The default limit for the lock of a run.
const USUAL_LOCK_TIMEOUT: Duration = Duration::from_secs(30);

/// The default limit for a lock that a statement of a script waits for. While a statement waits for
/// a lock on a table, every later query on the table waits behind it.
const USUAL_STATEMENT_LOCK_TIMEOUT: Duration = Duration::from_secs(5);

/// Opens a further connection to the same database.
pub(super) type Connect = Arc<dyn Fn() -> Result<Client, Error> + Send + Sync>;

/// A function that receives the progress of a run.
pub(super) type Listener = Arc<dyn Fn(&Progress<'_>) + Send + Sync>;

/// The settings of a [`Migrator`](super::Migrator), and its operations without the type of the chain.
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
            schema: None,
            ignored: Vec::new(),
            unproved: false,
            outside_allowed: false,
        }
    }

    /// Warns a developer of scripts that a debug build lacks.
    pub(super) fn warn_of_changed_files(&self) {
        warn_of_changed_files(self.chain, self.watched);
    }

    /// Converts an error of PostgreSQL outside a script.
    pub(super) fn error(&self, doing: &'static str, source: postgres::Error) -> Error {
        if self.interrupt.is_triggered() {
            return Error::Interrupted;
        }
        Error::Database { doing, source: source.into() }
    }

    pub(super) fn stop_if_interrupted(&self) -> Result<(), Error> {
        if self.interrupt.is_triggered() { Err(Error::Interrupted) } else { Ok(()) }
    }

    /// Reads from a database in one snapshot. `None` means that it is not asked.
    pub(super) fn reading<T>(
        &self,
        client: &mut Client,
        read: impl FnOnce(&Session<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        Session::open(self, client)?.reading(read)
    }

    pub(super) fn plan_upgrade(&self, client: &mut Client, target: &str) -> Result<Plan, Error> {
        let graph = self.chain.graph();
        let position = self.reading(client, |session| session.position(&graph))?;
        Ok(Plan::new(self.chain.clone(), upgrade_plan(&graph, &position, target)?))
    }

    pub(super) fn plan_downgrade(&self, client: &mut Client, target: &str) -> Result<Plan, Error> {
        let graph = self.chain.graph();
        self.reading(client, |session| {
            let start = || session.run_start(&graph);
            if let Some(below) = squash::plan_downgrade_below(session, self.chain, start, target)? {
                return Ok(below);
            }
            let planned = downgrade_plan(&graph, &session.position(&graph)?, target)?;
            reversible(self.chain, &planned)?;
            squash::may_revert_base(session, self.chain, &planned)?;
            Ok(Plan::new(self.chain.clone(), planned))
        })
    }

    pub(super) fn plan_downgrade_to_known(&self, client: &mut Client) -> Result<Plan, Error> {
        let graph = self.chain.graph();
        self.reading(client, |session| {
            let situation = session.situation(&graph)?;
            ledger_plan::plan(session, self.chain, situation)
        })
    }

    pub(super) fn plan_stamp(&self, client: &mut Client, targets: &[&str]) -> Result<plan::Stamp, Error> {
        let graph = self.chain.graph();
        let start = self.reading(client, |session| session.stamp_start(&graph))?;
        stamp_plan(&graph, &start.position, targets)
    }
}

impl Session<'_> {
    /// Reads the state of the database. The caller begins the transaction.
    pub(super) fn situation(&self, graph: &Graph) -> Result<Situation, Error> {
        classify(self, self.runner.chain, graph)
    }

    /// Returns the state from which a run begins, or the reason why it is refused.
    pub(super) fn run_start(&self, graph: &Graph) -> Result<RunStart, Error> {
        self.situation(graph)?.start(Vec::new)
    }

    /// Returns the position at which a run begins.
    pub(super) fn position(&self, graph: &Graph) -> Result<Position, Error> {
        Ok(self.run_start(graph)?.position)
    }

    /// Returns the state from which a stamp begins, which treats an unversioned database as being at
    /// base.
    pub(super) fn stamp_start(&self, graph: &Graph) -> Result<RunStart, Error> {
        match self.situation(graph)? {
            Situation::Unversioned(_) => Ok(RunStart::default()),
            situation => situation.start(Vec::new),
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
