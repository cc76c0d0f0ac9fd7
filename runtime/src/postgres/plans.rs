//! The plans of a runner, and the state of the database on which they are based.

use aludel_core::graph::Graph;
use aludel_core::plan::{self, Position};
use postgres::Client;

use super::interruption::cancelling;
use super::runner::Runner;
use super::session::Session;
use crate::plans::{downgrade_plan, reversible, stamp_plan, upgrade_plan};
use crate::status::{RunStart, Situation, classify};
use crate::{Error, Plan, ledger_plan, squash};

impl Runner<'_> {
    /// Reads from a database in one snapshot. An interrupt cancels the read.
    pub(super) fn reading<T>(
        &self,
        client: &mut Client,
        read: impl FnOnce(&Session<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        cancelling(self, client, |client| Session::open(self, client)?.reading(read))
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

    /// Returns the state from which a run begins, or the reason that it is refused.
    pub(super) fn run_start(&self, graph: &Graph) -> Result<RunStart, Error> {
        self.situation(graph)?.start(Vec::new)
    }

    /// Returns the position at which a run begins.
    pub(super) fn position(&self, graph: &Graph) -> Result<Position, Error> {
        Ok(self.run_start(graph)?.position)
    }

    /// Returns the state from which a stamp begins. A stamp treats an unversioned database as being
    /// at base.
    pub(super) fn stamp_start(&self, graph: &Graph) -> Result<RunStart, Error> {
        match self.situation(graph)? {
            Situation::Unversioned(_) => Ok(RunStart::default()),
            situation => situation.start(Vec::new),
        }
    }
}
