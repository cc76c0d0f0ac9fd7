//! Runs a plan, runs to a target given as text, and writes such runs as scripts for `psql`.

use aludel_core::plan::Stamp;
use postgres::Client;

use super::{Executor, Migrator, Runner, ScriptStart};
use crate::plans::{downgrade_goal, remaining, stamp_plan, starts_at, upgrade_goal};
use crate::{EditedScript, Error, Plan, Report};

impl<C> Migrator<'_, C> {
    /// Runs the exact steps of a plan, for example one that a user confirmed.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Moved`] if the database is no longer at the start of the plan, which is
    /// checked under the lock. If another process committed the first parts of the same plan, runs
    /// the others. Returns another error if the run is refused, fails or is
    /// interrupted.
    pub fn run(&self, client: &mut Client, plan: &Plan) -> Result<Report, Error> {
        let runner = Runner { chain: plan.chain(), ..self.runner.clone() };
        Executor::new(&runner)
            .run(client, &|graph, position| remaining(runner.chain, graph, position, plan.planned()))
    }

    /// Upgrades to a target, and applies everything that it needs. A target is `head`, `heads`,
    /// `+1`, an ID, a label or a unique prefix.
    ///
    /// # Errors
    ///
    /// Returns an error if the target is invalid, or the run is refused, fails or is interrupted.
    pub fn upgrade(&self, client: &mut Client, target: &str) -> Result<Report, Error> {
        self.executor().run(client, &upgrade_goal(target))
    }

    /// Downgrades to a target, and reverts everything after it. A target is `base`, `-1`, an ID, a
    /// label or a unique prefix.
    ///
    /// # Errors
    ///
    /// Returns an error if the target is invalid or not applied, or the run is refused, fails or is
    /// interrupted.
    pub fn downgrade(&self, client: &mut Client, target: &str) -> Result<Report, Error> {
        let plan = self.plan_downgrade(client, target)?;
        if plan.is_of(self.chain.untyped()) {
            return self.executor().run(client, &downgrade_goal(target));
        }
        self.run(client, &plan)
    }

    /// Reverts every revision that the chain lacks, newest first. The scripts come from the ledger,
    /// in which the newer program recorded them.
    ///
    /// Data that only the newer revisions store is lost. Call this method only if a person asked
    /// for it.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Migrator::plan_downgrade_to_known`] and [`Migrator::run`].
    pub fn downgrade_to_known(&self, client: &mut Client) -> Result<Report, Error> {
        let plan = self.plan_downgrade_to_known(client)?;
        self.run(client, &plan)
    }

    /// Records targets as applied, in order, without running a script.
    ///
    /// # Errors
    ///
    /// Returns an error if a target is invalid, or the database is ahead or diverged.
    pub fn stamp(&self, client: &mut Client, targets: &[&str]) -> Result<Report, Error> {
        self.executor().stamp(client, &|graph, position| stamp_plan(graph, position, targets))
    }

    /// Records a planned stamp, without running a script.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Migrator::run`].
    #[doc(hidden)]
    pub fn record(&self, client: &mut Client, stamp: &Stamp) -> Result<Report, Error> {
        self.executor().stamp(client, &|graph, position| {
            starts_at(graph, position, &stamp.from)?;
            Ok(stamp.clone())
        })
    }

    /// Deletes every version row and records targets as applied, without running a script.
    ///
    /// # Errors
    ///
    /// Returns an error if a target is invalid or the rows cannot be written.
    pub fn purge_and_stamp(&self, client: &mut Client, targets: &[&str]) -> Result<Report, Error> {
        self.executor().purge_and_stamp(client, &|graph, position| stamp_plan(graph, position, targets))
    }

    /// Deletes every version row, and records a stamp that was planned from base.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Migrator::purge_and_stamp`].
    #[doc(hidden)]
    pub fn purge_and_record(&self, client: &mut Client, stamp: &Stamp) -> Result<Report, Error> {
        self.executor().purge_and_stamp(client, &|graph, position| {
            starts_at(graph, position, &stamp.from)?;
            Ok(stamp.clone())
        })
    }

    /// Records the current text of these edited scripts, without running a script.
    ///
    /// The caller must make sure that the current text has the same effect as the recorded text.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Diverged`] if other scripts were edited too, or if a different text was
    /// recorded in the meantime.
    pub fn repair(&self, client: &mut Client, scripts: &[EditedScript]) -> Result<Report, Error> {
        let chain = self.chain.untyped();
        self.executor().repair(client, &|differing| EditedScript::chosen(scripts, chain, differing))
    }

    /// Creates the version table with Alembic's definition if it is missing, and returns `true` if
    /// it did.
    ///
    /// # Errors
    ///
    /// Returns an error if the table cannot be created.
    pub fn ensure_version(&self, client: &mut Client) -> Result<bool, Error> {
        self.executor().ensure_version(client)
    }

    /// Returns a script for the `psql` program with the effect of [`Migrator::upgrade`].
    ///
    /// # Errors
    ///
    /// Returns an error if the start or the target is invalid.
    pub fn upgrade_sql(&self, start: ScriptStart<'_>, target: &str) -> Result<String, Error> {
        self.runner.upgrade_sql(start, target)
    }

    /// Returns a script for the `psql` program with the effect of [`Migrator::downgrade`].
    ///
    /// # Errors
    ///
    /// Returns an error if the start or the target is invalid, or a script cannot be reverted.
    pub fn downgrade_sql(&self, start: ScriptStart<'_>, target: &str) -> Result<String, Error> {
        self.runner.downgrade_sql(start, target)
    }

    /// Returns a script for the `psql` program with the effect of [`Migrator::stamp`].
    ///
    /// # Errors
    ///
    /// Returns an error if the start or a target is invalid.
    pub fn stamp_sql(&self, start: ScriptStart<'_>, targets: &[&str]) -> Result<String, Error> {
        self.runner.stamp_sql(start, targets)
    }
}
