//! The state in which a run finds a database.

use aludel_core::graph::Graph;
use aludel_core::plan::Position;
use rusqlite::Connection;

use super::Runner;
use crate::Error;
use crate::executor::Executor;
use crate::status::{RunStart, Situation, classify};

impl Runner<'_> {
    pub(crate) fn situation(&self, connection: &Connection, graph: &Graph) -> Result<Situation, Error> {
        classify(connection, self.chain, graph, &self.ignored)
            .map_err(|error| self.version_table_error("reading the version rows and the ledger", error))
    }

    /// Returns the position at which a run begins, or the reason why it is refused.
    pub(crate) fn position_of(&self, connection: &Connection, graph: &Graph) -> Result<Position, Error> {
        Ok(self.run_start(connection, graph)?.position)
    }

    /// Returns the state from which a run begins, or the reason why it is refused.
    pub(crate) fn run_start(&self, connection: &Connection, graph: &Graph) -> Result<RunStart, Error> {
        let situation = self.situation(connection, graph)?;
        situation.start(|| self.resemblance(connection, graph).unwrap_or_default().matches)
    }

    /// Returns the same for a stamp, which treats an unversioned database as being at base.
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
