//! Reports about a database, and plans of runs. Nothing here writes.

use aludel_core::plan::Stamp;
use postgres::Client;

use super::Migrator;
use crate::{EditedScript, Error, LedgerEntry, Plan, RevisionStatus, Status};

impl<C> Migrator<'_, C> {
    /// Returns the status of a database. Writes nothing.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot be read.
    pub fn status(&self, client: &mut Client) -> Result<Status, Error> {
        self.runner.status(client)
    }

    /// Returns the version rows of a database, sorted. Omits rows that another row implies. Writes
    /// nothing.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot be read.
    pub fn current(&self, client: &mut Client) -> Result<Vec<String>, Error> {
        self.runner.current(client)
    }

    /// Returns warnings about Aludel's own tables. Writes nothing.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot be read.
    pub fn warnings(&self, client: &mut Client) -> Result<Vec<String>, Error> {
        self.runner.warnings(client)
    }

    /// Returns the revisions of the chain, newest first, and marks those that are applied to a
    /// database.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot be read.
    pub fn revisions(&self, client: &mut Client) -> Result<Vec<RevisionStatus>, Error> {
        self.runner.revisions(client)
    }

    /// Returns the ledger of a database, oldest row first. The list is empty if there is no ledger.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot be read.
    pub fn ledger(&self, client: &mut Client) -> Result<Vec<LedgerEntry>, Error> {
        self.runner.ledger(client)
    }

    /// Returns `true` if a database is at the head. Writes nothing.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot be read, or is ahead, diverged or unversioned.
    pub fn check(&self, client: &mut Client) -> Result<bool, Error> {
        self.runner.check(client)
    }

    /// Returns the applied scripts whose text differs from the recorded one, in canonical order.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot be read.
    pub fn edited(&self, client: &mut Client) -> Result<Vec<EditedScript>, Error> {
        self.runner.edited(client)
    }

    /// Plans an upgrade to a target, for [`Migrator::run`]. Writes nothing.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Migrator::upgrade`], except those of the run itself.
    pub fn plan_upgrade(&self, client: &mut Client, target: &str) -> Result<Plan, Error> {
        self.runner.plan_upgrade(client, target)
    }

    /// Plans a downgrade to a target, for [`Migrator::run`]. Writes nothing.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Migrator::downgrade`], except those of the run itself.
    pub fn plan_downgrade(&self, client: &mut Client, target: &str) -> Result<Plan, Error> {
        self.runner.plan_downgrade(client, target)
    }

    /// Plans to revert every revision that the chain lacks, with the scripts in the ledger. Writes
    /// nothing.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Ledger`] if a script is missing or the ledger is inconsistent. Returns
    /// another error if the database has diverged, is unversioned, or cannot be read.
    pub fn plan_downgrade_to_known(&self, client: &mut Client) -> Result<Plan, Error> {
        self.runner.plan_downgrade_to_known(client)
    }

    /// Plans a stamp of targets.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Migrator::stamp`].
    #[doc(hidden)]
    pub fn plan_stamp(&self, client: &mut Client, targets: &[&str]) -> Result<Stamp, Error> {
        self.runner.plan_stamp(client, targets)
    }
}
