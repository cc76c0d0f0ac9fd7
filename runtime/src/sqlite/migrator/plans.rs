//! Plans runs and stamps. Nothing here writes.

use aludel_core::graph::Graph;
use aludel_core::plan::{Position, Stamp};
use rusqlite::Connection;

use super::{Migrator, Runner};
use crate::plans::{downgrade_plan, reversible, stamp_plan, upgrade_plan};
use crate::status::RunStart;
use crate::{Error, Plan};

impl<C> Migrator<'_, C> {
    /// Plans an upgrade to a target, for [`Migrator::run`]. Writes nothing. `None` stands for a
    /// database that does not exist.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Migrator::upgrade`], except those of the run itself.
    pub fn plan_upgrade(&self, connection: Option<&Connection>, target: &str) -> Result<Plan, Error> {
        self.runner().plan_upgrade(connection, target)
    }

    /// Plans a downgrade to a target, for [`Migrator::run`]. Writes nothing. `None` stands for a
    /// database that does not exist.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Migrator::downgrade`], except those of the run itself.
    pub fn plan_downgrade(&self, connection: Option<&Connection>, target: &str) -> Result<Plan, Error> {
        self.runner().plan_downgrade(connection, target)
    }

    /// Plans a stamp of targets. `None` stands for a database that does not exist.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Migrator::stamp`].
    #[doc(hidden)]
    pub fn plan_stamp(&self, connection: Option<&Connection>, targets: &[&str]) -> Result<Stamp, Error> {
        self.runner().plan_stamp(connection, targets)
    }
}

impl Runner<'_> {
    pub(crate) fn plan_upgrade(&self, connection: Option<&Connection>, target: &str) -> Result<Plan, Error> {
        let graph = self.chain.graph();
        let planned = upgrade_plan(&graph, &self.position(connection, &graph)?, target)?;
        Ok(Plan::new(self.chain.clone(), planned))
    }

    pub(crate) fn plan_downgrade(
        &self,
        connection: Option<&Connection>,
        target: &str,
    ) -> Result<Plan, Error> {
        let below = |connection| self.reading(connection, || self.plan_downgrade_below(connection, target));
        if let Some(below) = connection.map(below).transpose()?.flatten() {
            return Ok(below);
        }
        let graph = self.chain.graph();
        let planned = downgrade_plan(&graph, &self.position(connection, &graph)?, target)?;
        reversible(self.chain, &planned)?;
        let check = |connection| self.reading(connection, || self.may_revert_base(connection, &planned));
        connection.map_or(Ok(()), check)?;
        Ok(Plan::new(self.chain.clone(), planned))
    }

    pub(crate) fn plan_stamp(
        &self,
        connection: Option<&Connection>,
        targets: &[&str],
    ) -> Result<Stamp, Error> {
        let graph = self.chain.graph();
        let start = match connection {
            Some(connection) => self.reading(connection, || self.stamp_start(connection, &graph))?,
            None => RunStart::default(),
        };
        stamp_plan(&graph, &start.position, targets)
    }

    pub(super) fn position(&self, connection: Option<&Connection>, graph: &Graph) -> Result<Position, Error> {
        match connection {
            Some(connection) => self.reading(connection, || self.position_of(connection, graph)),
            None => Ok(Position::default()),
        }
    }
}
