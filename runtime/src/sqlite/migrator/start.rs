//! The state in which a run finds a database.

use aludel_core::graph::Graph;
use aludel_core::plan::{Plan, Position};
use rusqlite::Connection;

use super::Runner;
use crate::sqlite::executor::Executor;
use crate::sqlite::records::SqliteRecords;
use crate::status::{RunStart, Situation, classify};
use crate::{Error, squash};

impl Runner<'_> {
    /// Reads the state of a database from one snapshot.
    pub(crate) fn situation(&self, connection: &Connection, graph: &Graph) -> Result<Situation, Error> {
        // Inside a run, the run's transaction is the snapshot. Dropping this transaction ends it.
        let _snapshot = connection
            .is_autocommit()
            .then(|| connection.unchecked_transaction())
            .transpose()
            .map_err(|source| self.error("reading the version rows and the ledger", source))?;
        classify(&self.records(connection), self.chain, graph)
    }

    /// Returns the records of a database.
    pub(crate) fn records<'r>(&'r self, connection: &'r Connection) -> SqliteRecords<'r> {
        SqliteRecords { runner: self, connection }
    }

    /// Returns an error if a plan reverts the base of a squash that did not create the database.
    pub(crate) fn may_revert_base(&self, connection: &Connection, plan: &Plan) -> Result<(), Error> {
        squash::may_revert_base(&self.records(connection), self.chain, plan)
    }

    /// Plans a downgrade below a squash point, or returns `None` for any other downgrade.
    pub(crate) fn plan_downgrade_below(
        &self,
        connection: &Connection,
        target: &str,
    ) -> Result<Option<crate::Plan>, Error> {
        let start = || self.run_start(connection, &self.chain.graph());
        squash::plan_downgrade_below(&self.records(connection), self.chain, start, target)
    }

    /// Returns the position at which a run begins, or the reason that it is refused.
    pub(crate) fn position_of(&self, connection: &Connection, graph: &Graph) -> Result<Position, Error> {
        Ok(self.run_start(connection, graph)?.position)
    }

    /// Returns the state from which a run begins, or the reason that it is refused.
    pub(crate) fn run_start(&self, connection: &Connection, graph: &Graph) -> Result<RunStart, Error> {
        let situation = self.situation(connection, graph)?;
        situation.start(|| self.resemblance(connection, graph).unwrap_or_default().matches)
    }

    /// Returns the state from which a stamp begins. A stamp treats an unversioned database as being
    /// at base.
    pub(crate) fn stamp_start(&self, connection: &Connection, graph: &Graph) -> Result<RunStart, Error> {
        match self.situation(connection, graph)? {
            Situation::Unversioned(_) => Ok(RunStart::default()),
            situation => situation.start(Vec::new),
        }
    }

    pub(crate) fn executor(&self) -> Executor<'_> {
        Executor { runner: self, graph: self.chain.graph() }
    }
}
