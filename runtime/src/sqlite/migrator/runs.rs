//! Runs a plan, or runs to a target given as text.

use aludel_core::plan;
use rusqlite::Connection;

use super::{Migrator, Runner};
use crate::plans::{downgrade_goal, remaining, stamp_plan, starts_at, upgrade_goal};
use crate::{Error, Plan, Report};

impl<C> Migrator<'_, C> {
    /// Runs the exact steps of a plan, for example one that a user confirmed. Its scripts are not
    /// read again.
    ///
    /// ```no_run
    /// # fn confirm(_: &str) -> bool { true }
    /// # fn upgrade<C>(
    /// #     migrator: &aludel::Migrator<'_, C>,
    /// #     mut connection: aludel::rusqlite::Connection,
    /// # ) -> Result<(), aludel::Error> {
    /// let plan = migrator.plan_upgrade(Some(&connection), "head")?;
    /// if confirm(&plan.to_string()) {
    ///     migrator.run(&mut connection, &plan)?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`Error::Moved`] if the database is no longer at the start of the plan, which is
    /// checked under the lock. If another process committed the first parts of the same plan, runs
    /// the others. Returns another error if the run is refused, fails or is
    /// interrupted. In either case, nothing was changed.
    pub fn run(&self, connection: &mut Connection, plan: &Plan) -> Result<Report, Error> {
        self.runner().run(connection, plan)
    }

    /// Records a planned stamp, without running a script.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Migrator::run`].
    #[doc(hidden)]
    pub fn record(&self, connection: &mut Connection, stamp: &plan::Stamp) -> Result<Report, Error> {
        self.runner().record(connection, stamp)
    }

    /// Deletes every version row, and records a stamp that was planned from base.
    ///
    /// Works at any database position, because the existing rows are not interpreted.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Migrator::purge_and_stamp`].
    #[doc(hidden)]
    pub fn purge_and_record(
        &self,
        connection: &mut Connection,
        stamp: &plan::Stamp,
    ) -> Result<Report, Error> {
        self.runner().purge_and_record(connection, stamp)
    }

    /// Upgrades to a target, and applies everything that it needs. A target is `head`, `heads`,
    /// `+1`, an ID, a label or a unique prefix.
    ///
    /// # Errors
    ///
    /// Returns an error if the target is invalid, or the run is refused, fails or is interrupted.
    /// In each case, nothing was changed.
    pub fn upgrade(&self, connection: &mut Connection, target: &str) -> Result<Report, Error> {
        self.runner().upgrade(connection, target)
    }

    /// Downgrades to a target, and reverts everything after it. A target is `base`, `-1`, an ID, a
    /// label or a unique prefix.
    ///
    /// # Errors
    ///
    /// Returns an error if the target is invalid or not applied, or the run is refused, fails or is
    /// interrupted. In each case, nothing was changed.
    pub fn downgrade(&self, connection: &mut Connection, target: &str) -> Result<Report, Error> {
        self.runner().downgrade(connection, target)
    }

    /// Records a target as applied, without running a script. A target is `head`, `base`, an ID, a
    /// label or a unique prefix.
    ///
    /// # Errors
    ///
    /// Returns an error if the target is invalid, or the database is ahead or diverged. In each
    /// case, nothing was changed.
    pub fn stamp(&self, connection: &mut Connection, target: &str) -> Result<Report, Error> {
        self.runner().stamp(connection, target)
    }

    /// Records several targets as applied, in order, without running a script.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Migrator::stamp`].
    pub fn stamp_all(&self, connection: &mut Connection, targets: &[&str]) -> Result<Report, Error> {
        self.runner().stamp_all(connection, targets)
    }

    /// Deletes every version row and records targets as applied, without running a script.
    ///
    /// Use this if the chain lacks the revisions in the version rows, but the database is known to
    /// have the schema of the targets.
    ///
    /// # Errors
    ///
    /// Returns an error if a target is invalid or the rows cannot be written. In either case,
    /// nothing was changed.
    pub fn purge_and_stamp(&self, connection: &mut Connection, targets: &[&str]) -> Result<Report, Error> {
        self.runner().purge_and_stamp(connection, targets)
    }

    /// Creates the version table with Alembic's definition if it is missing, and returns `true` if
    /// it did.
    ///
    /// # Errors
    ///
    /// Returns an error if the table cannot be created.
    pub fn ensure_version(&self, connection: &mut Connection) -> Result<bool, Error> {
        self.runner().ensure_version(connection)
    }
}

impl Runner<'_> {
    pub(crate) fn run(&self, connection: &mut Connection, plan: &Plan) -> Result<Report, Error> {
        self.run_hook(connection)?;
        let runner = Runner { chain: plan.chain(), ..self.clone() };
        runner
            .executor()
            .run(connection, &|graph, position| remaining(runner.chain, graph, position, plan.planned()))
    }

    pub(crate) fn record(&self, connection: &mut Connection, stamp: &plan::Stamp) -> Result<Report, Error> {
        self.run_hook(connection)?;
        self.executor().stamp(connection, &|graph, position| {
            starts_at(graph, position, &stamp.from)?;
            Ok(stamp.clone())
        })
    }

    pub(crate) fn purge_and_record(
        &self,
        connection: &mut Connection,
        stamp: &plan::Stamp,
    ) -> Result<Report, Error> {
        self.run_hook(connection)?;
        self.executor().purge_and_stamp(connection, &|graph, position| {
            starts_at(graph, position, &stamp.from)?;
            Ok(stamp.clone())
        })
    }

    pub(crate) fn upgrade(&self, connection: &mut Connection, target: &str) -> Result<Report, Error> {
        self.run_hook(connection)?;
        self.executor().run(connection, &upgrade_goal(target))
    }

    pub(crate) fn downgrade(&self, connection: &mut Connection, target: &str) -> Result<Report, Error> {
        self.run_hook(connection)?;
        if let Some(below) = self.reading(connection, || self.plan_downgrade_below(connection, target))? {
            return self.run(connection, &below);
        }
        self.executor().run(connection, &downgrade_goal(target))
    }

    pub(crate) fn stamp(&self, connection: &mut Connection, target: &str) -> Result<Report, Error> {
        self.stamp_all(connection, &[target])
    }

    pub(crate) fn stamp_all(&self, connection: &mut Connection, targets: &[&str]) -> Result<Report, Error> {
        self.run_hook(connection)?;
        self.executor().stamp(connection, &|graph, position| stamp_plan(graph, position, targets))
    }

    pub(crate) fn purge_and_stamp(
        &self,
        connection: &mut Connection,
        targets: &[&str],
    ) -> Result<Report, Error> {
        self.run_hook(connection)?;
        self.executor().purge_and_stamp(connection, &|graph, position| stamp_plan(graph, position, targets))
    }

    pub(crate) fn ensure_version(&self, connection: &mut Connection) -> Result<bool, Error> {
        self.executor().ensure_version(connection)
    }
}
