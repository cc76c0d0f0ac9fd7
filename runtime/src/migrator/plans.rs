//! What a run would do, as data. Nothing here writes.

use aludel_core::graph::Graph;
use aludel_core::plan::{Plan, Position, Stamp};
use rusqlite::Connection;

use super::Runner;
use super::runs::{downgrade_plan, stamp_plan, upgrade_plan};
use crate::Error;

impl Runner<'_> {
    /// What an upgrade to a target would run; nothing stands for a database that is not there.
    ///
    /// # Errors
    ///
    /// As [`Runner::upgrade`], but for the run itself.
    pub fn plan_upgrade(&self, connection: Option<&Connection>, target: &str) -> Result<Plan, Error> {
        let graph = self.chain.graph();
        upgrade_plan(&graph, &self.position(connection, &graph)?, target)
    }

    /// What a downgrade to a target would run; nothing stands for a database that is not there.
    ///
    /// # Errors
    ///
    /// As [`Runner::downgrade`], but for the run itself.
    pub fn plan_downgrade(&self, connection: Option<&Connection>, target: &str) -> Result<Plan, Error> {
        let graph = self.chain.graph();
        downgrade_plan(&graph, &self.position(connection, &graph)?, target)
    }

    /// What a stamp of targets would record; nothing stands for a database that is not there.
    ///
    /// # Errors
    ///
    /// As [`Runner::stamp`].
    pub fn plan_stamp(&self, connection: Option<&Connection>, targets: &[&str]) -> Result<Stamp, Error> {
        let graph = self.chain.graph();
        stamp_plan(&graph, &self.position_to_stamp(connection, &graph)?.0, targets)
    }

    /// Where a stamp begins, and the version rows as they are.
    pub(super) fn position_to_stamp(
        &self,
        connection: Option<&Connection>,
        graph: &Graph,
    ) -> Result<(Position, Vec<String>), Error> {
        let Some(connection) = connection else { return Ok(<(Position, Vec<String>)>::default()) };
        self.reading(connection, || self.found_to_stamp(connection, graph))
    }

    pub(super) fn position(&self, connection: Option<&Connection>, graph: &Graph) -> Result<Position, Error> {
        Ok(self.position_and_rows(connection, graph)?.0)
    }

    /// Where a run begins, and the version rows as they are.
    pub(super) fn position_and_rows(
        &self,
        connection: Option<&Connection>,
        graph: &Graph,
    ) -> Result<(Position, Vec<String>), Error> {
        let Some(connection) = connection else { return Ok(<(Position, Vec<String>)>::default()) };
        self.reading(connection, || self.found(connection, graph))
    }
}
