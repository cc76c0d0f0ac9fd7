//! Reverts the revisions that the chain lacks, on a database that is ahead.

use aludel_core::plan;
use rusqlite::Connection;

use super::{Migrator, Runner};
use crate::{Error, Plan, Report, ledger_plan};

impl<C> Migrator<'_, C> {
    /// Plans to revert every revision that the chain lacks, with the scripts in the ledger. Writes
    /// nothing. `None` stands for a database that does not exist.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Ledger`] if a script is missing or the ledger is inconsistent. Returns
    /// another error if the database has diverged, is unversioned, or cannot be read.
    pub fn plan_downgrade_to_known(&self, connection: Option<&Connection>) -> Result<Plan, Error> {
        self.runner().plan_downgrade_to_known(connection)
    }

    /// Reverts every revision that the chain lacks, newest first, in one transaction. Runs the
    /// scripts that the newer program recorded in the ledger.
    ///
    /// Data that only the newer revisions store is lost. Call this method only if a person asked
    /// for it.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Migrator::plan_downgrade_to_known`] and [`Migrator::run`].
    pub fn downgrade_to_known(&self, connection: &mut Connection) -> Result<Report, Error> {
        self.runner().downgrade_to_known(connection)
    }
}

impl Runner<'_> {
    pub(crate) fn plan_downgrade_to_known(&self, connection: Option<&Connection>) -> Result<Plan, Error> {
        match connection {
            Some(connection) => self.reading(connection, || {
                let situation = self.situation(connection, &self.chain.graph())?;
                ledger_plan::plan(&self.records(connection), self.chain, situation)
            }),
            None => Ok(Plan::new(self.chain.clone(), plan::Plan::default())),
        }
    }

    pub(crate) fn downgrade_to_known(&self, connection: &mut Connection) -> Result<Report, Error> {
        self.run_hook(connection)?;
        let plan = self.plan_downgrade_to_known(Some(connection))?;
        self.run(connection, &plan)
    }
}
