//! The way back of a database that is ahead.

use rusqlite::Connection;

use super::runs::starts_at;
use super::{Migrator, Runner};
use crate::{Error, LedgerPlan, Report};

impl<C> Migrator<'_, C> {
    /// Plans to revert every revision that the chain lacks, with the scripts in the ledger. Writes
    /// nothing. `None` stands for a database that does not exist.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Ledger`] if a script is missing or the ledger does not add up. Returns
    /// another error if the database is diverged, is unversioned or cannot be read.
    pub fn plan_downgrade_to_known(&self, connection: Option<&Connection>) -> Result<LedgerPlan, Error> {
        self.runner().plan_downgrade_to_known(connection)
    }

    /// Runs the exact steps of an existing plan, for example one that a user confirmed. Its scripts
    /// are not read again.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Moved`] or [`Error::Diverged`] if the database is no longer at the start of
    /// the plan, which is checked under the lock. Returns another error if the run is refused,
    /// fails or is interrupted. In each case nothing was changed.
    pub fn run_ledger_plan(&self, connection: &mut Connection, plan: &LedgerPlan) -> Result<Report, Error> {
        self.runner().run_ledger_plan(connection, plan)
    }

    /// Reverts every revision that the chain lacks, newest first, in one transaction. The scripts
    /// are those in the ledger, where the newer program recorded them.
    ///
    /// Use it if a person asked for it: what only the newer revisions store is lost.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Migrator::plan_downgrade_to_known`] and [`Migrator::run_ledger_plan`].
    pub fn downgrade_to_known(&self, connection: &mut Connection) -> Result<Report, Error> {
        self.runner().downgrade_to_known(connection)
    }
}

impl Runner<'_> {
    pub(crate) fn plan_downgrade_to_known(
        &self,
        connection: Option<&Connection>,
    ) -> Result<LedgerPlan, Error> {
        match connection {
            Some(connection) => self.reading(connection, || LedgerPlan::new(self, connection)),
            None => Ok(LedgerPlan::nothing(self.chain)),
        }
    }

    pub(crate) fn run_ledger_plan(
        &self,
        connection: &mut Connection,
        plan: &LedgerPlan,
    ) -> Result<Report, Error> {
        self.run_hook(connection)?;
        let runner = Runner { chain: plan.chain(), ..self.clone() };
        runner.executor().run(connection, &|graph, position| {
            starts_at(graph, position, &plan.plan().from)?;
            Ok(plan.plan().clone())
        })
    }

    pub(crate) fn downgrade_to_known(&self, connection: &mut Connection) -> Result<Report, Error> {
        self.run_hook(connection)?;
        let plan = self.plan_downgrade_to_known(Some(connection))?;
        self.run_ledger_plan(connection, &plan)
    }
}
