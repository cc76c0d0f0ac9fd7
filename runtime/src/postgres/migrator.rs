//! A runner with the type of its chain. Targets are places of this chain, and a run returns typed
//! evidence of its result.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aludel_core::graph::{Graph, Index};
use aludel_core::plan as core_plan;
use aludel_core::plan::Position as Reached;
use aludel_core::targets::Downgrade;
use postgres::Client;

use super::executor::Executor;
use super::runner::Runner;
use super::{At, Database};
use crate::chain::{Embedded, Position};
use crate::plans::{downgrade_plan, exactly, stamp_plan, starts_at, upgrade_plan};
use crate::{
    Chain, EditedScript, Error, Interrupt, LedgerEntry, Plan, Progress, Report, RevisionStatus, Status,
};

/// The start of a script for the `psql` program. The script refuses a database at any other place.
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum ScriptStart<'a> {
    /// These version rows.
    Rows(&'a [String]),
    /// A place in the chain, such as `base`, `heads` or an id.
    Place(&'a str),
}

/// Migrates databases of PostgreSQL and reports their state.
///
/// Targets are types ([`Migrator::upgrade_to`]) or text ([`Migrator::upgrade`]). Every run is one
/// transaction: all of its scripts are applied, or none is. It is split only by scripts outside a
/// transaction ([`Migrator::allow_outside_transaction`]), and before a script that uses a value that
/// an earlier one added to an enum, because PostgreSQL requires a commit between them.
pub struct Migrator<'c, C> {
    chain: &'c Chain<C>,
    runner: Runner<'c>,
}

impl<'c, C> Migrator<'c, C> {
    /// Creates a migrator for databases of this chain, with default settings.
    pub fn new(chain: &'c Chain<C>) -> Self {
        Self { chain, runner: Runner::new(chain.untyped(), chain.watched()) }
    }

    /// Returns the chain.
    pub fn chain(&self) -> &'c Chain<C> {
        self.chain
    }

    /// Sets how long to wait for the lock of another run, and how long to try a part again in which a
    /// statement cannot lock a table. The default is 30 seconds.
    #[must_use]
    pub fn lock_timeout(mut self, limit: Duration) -> Self {
        self.runner.lock_timeout = limit;
        self
    }

    /// Sets how long a statement of a script waits for a lock before the part is rolled back and
    /// tried again (`lock_timeout` of PostgreSQL). The default is 5 seconds. While it waits, every
    /// query on the table waits behind it.
    #[must_use]
    pub fn statement_lock_timeout(mut self, limit: Duration) -> Self {
        self.runner.statement_lock_timeout = limit;
        self
    }

    /// Sets how long a statement of a script may run (`statement_timeout` of PostgreSQL). Zero, the
    /// default, sets no limit. A statement outside a transaction has none.
    #[must_use]
    pub fn statement_timeout(mut self, limit: Duration) -> Self {
        self.runner.statement_timeout = limit;
        self
    }

    /// Sets the schema of the version table and the ledger. The default is the schema in which the
    /// search path finds the version table, or its first schema.
    #[must_use]
    pub fn version_table_schema(mut self, schema: impl Into<String>) -> Self {
        self.runner.schema = Some(schema.into());
        self
    }

    /// Sets how to open a second connection to the same database, which holds the lock while a script
    /// runs outside a transaction.
    #[must_use]
    pub fn connect_with(
        mut self,
        connect: impl Fn() -> Result<Client, Error> + Send + Sync + 'static,
    ) -> Self {
        self.runner.connect = Some(Arc::new(connect));
        self
    }

    /// Opens second connections with the URL of a database, like [`Migrator::connect_with`].
    #[must_use]
    pub fn database(self, database: &Database) -> Self {
        let database = database.clone();
        self.connect_with(move || database.connect())
    }

    /// Sets the flag that interrupts a run and rolls it back.
    #[must_use]
    pub fn interrupt(mut self, interrupt: Interrupt) -> Self {
        self.runner.interrupt = interrupt;
        self
    }

    /// Sets a function that receives the progress of a run.
    #[must_use]
    pub fn on_progress(mut self, listener: impl Fn(&Progress<'_>) + Send + Sync + 'static) -> Self {
        self.runner.listener = Some(Arc::new(listener));
        self
    }

    /// Ignores tables of other programs in the same schema when deciding if a database is
    /// unversioned.
    #[must_use]
    pub fn ignore_tables<T: Into<String>>(mut self, tables: impl IntoIterator<Item = T>) -> Self {
        self.runner.ignored.extend(tables.into_iter().map(Into::into));
        self
    }

    /// Records in the ledger that the scripts run without the proof.
    #[must_use]
    pub fn unproved(mut self) -> Self {
        self.runner.unproved = true;
        self
    }

    /// Lets a run include scripts outside a transaction, such as `CREATE INDEX CONCURRENTLY`.
    /// Otherwise such a run is refused.
    ///
    /// Such a script splits the run into parts. Each part is applied completely, or not at all.
    #[must_use]
    pub fn allow_outside_transaction(mut self) -> Self {
        self.runner.outside_allowed = true;
        self
    }

    /// Upgrades a database to a place of the chain, and returns it as an [`At`].
    ///
    /// If the database is already there, nothing is written.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Migrator::upgrade`], and [`Error::Beyond`] if the database has more
    /// revisions applied than the place includes.
    pub fn upgrade_to<P: Position<Chain = C>>(&self, mut client: Client) -> Result<At<P>, Error> {
        let place = P::REVISIONS;
        self.runner.warn_of_changed_files();
        if self.runner.is_at(&mut client, place)? {
            return Ok(At::new(client, stayed(place)));
        }
        let report = self.executor().run(&mut client, &|graph: &Graph, position: &Reached| {
            let targets: Vec<Index> = place.iter().filter_map(|id| graph.find(id)).collect();
            exactly(place, graph, position, core_plan::upgrade(graph, position, &targets))
        })?;
        Ok(At::new(client, report))
    }

    /// Upgrades a database to the heads of the chain, like [`Migrator::upgrade_to`], but without a
    /// type annotation.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Migrator::upgrade_to`].
    pub fn upgrade_to_head<Heads>(&self, client: Client) -> Result<At<Heads>, Error>
    where
        C: Embedded<Heads = Heads>,
        Heads: Position<Chain = C>,
    {
        self.upgrade_to(client)
    }

    /// Verifies that a database is already at a place of the chain, and returns it as an [`At`].
    /// Runs no script and writes nothing.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NotAt`] if the database is at another place, or an error if it is ahead,
    /// diverged, unversioned or cannot be read.
    pub fn at<P: Position<Chain = C>>(&self, mut client: Client) -> Result<At<P>, Error> {
        if self.runner.is_at(&mut client, P::REVISIONS)? {
            return Ok(At::new(client, stayed(P::REVISIONS)));
        }
        let graph = self.chain.untyped().graph();
        let position = self.runner.reading(&mut client, |session| session.position(&graph))?;
        let mut found = graph.ids(position.rows());
        found.sort();
        if found != P::REVISIONS {
            let expected = P::REVISIONS.iter().map(ToString::to_string).collect();
            return Err(Error::NotAt { expected, found });
        }
        Ok(At::new(client, Report { current: found, ..Report::default() }))
    }

    /// Downgrades a database to a place of the chain, and returns it as an [`At`].
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Migrator::downgrade`], and [`Error::Beyond`] if other branches of the
    /// chain stay applied.
    pub fn downgrade_to<P: Position<Chain = C>>(&self, mut client: Client) -> Result<At<P>, Error> {
        let place = P::REVISIONS;
        let report = self.executor().run(&mut client, &|graph: &Graph, position: &Reached| {
            let to = place.first().and_then(|id| graph.find(id));
            let plan = core_plan::downgrade(graph, position, Downgrade { to, branch: None })?;
            exactly(place, graph, position, plan)
        })?;
        Ok(At::new(client, report))
    }

    /// Returns the status of a database, and writes nothing.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot be read.
    pub fn status(&self, client: &mut Client) -> Result<Status, Error> {
        self.runner.status(client)
    }

    /// Returns the version rows of a database, sorted, and writes nothing. Rows that another row
    /// implies are omitted.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot be read.
    pub fn current(&self, client: &mut Client) -> Result<Vec<String>, Error> {
        self.runner.current(client)
    }

    /// Returns warnings about Aludel's own tables, and writes nothing.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot be read.
    pub fn warnings(&self, client: &mut Client) -> Result<Vec<String>, Error> {
        self.runner.warnings(client)
    }

    /// Returns the revisions of the chain, newest first, and marks those that a database has.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot be read.
    pub fn revisions(&self, client: &mut Client) -> Result<Vec<RevisionStatus>, Error> {
        self.runner.revisions(client)
    }

    /// Returns the ledger of a database, oldest row first, or nothing if there is none.
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
    /// Returns an error if the database cannot be read, is ahead, diverged or unversioned.
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
    /// Returns [`Error::Ledger`] if a script is missing or the ledger does not add up. Returns
    /// another error if the database is diverged, is unversioned or cannot be read.
    pub fn plan_downgrade_to_known(&self, client: &mut Client) -> Result<Plan, Error> {
        self.runner.plan_downgrade_to_known(client)
    }

    /// Plans a stamp of targets.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Migrator::stamp`].
    #[doc(hidden)]
    pub fn plan_stamp(&self, client: &mut Client, targets: &[&str]) -> Result<core_plan::Stamp, Error> {
        self.runner.plan_stamp(client, targets)
    }

    /// Runs the exact steps of a plan, for example one that a user confirmed.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Moved`] if the database is no longer at the start of the plan, which is
    /// checked under the lock. Returns another error if the run is refused, fails or is
    /// interrupted.
    pub fn run(&self, client: &mut Client, plan: &Plan) -> Result<Report, Error> {
        let runner = Runner { chain: plan.chain(), ..self.runner.clone() };
        Executor::new(&runner).run(client, &|graph, position| {
            starts_at(graph, position, &plan.planned().from)?;
            Ok(plan.planned().clone())
        })
    }

    /// Upgrades to a target and applies everything it needs: `head`, `heads`, `+1`, an id, a label
    /// or a unique prefix.
    ///
    /// # Errors
    ///
    /// Returns an error if the target is invalid, or the run is refused, fails or is interrupted.
    pub fn upgrade(&self, client: &mut Client, target: &str) -> Result<Report, Error> {
        self.executor().run(client, &|graph, position| upgrade_plan(graph, position, target))
    }

    /// Downgrades to a target and reverts everything after it: `base`, `-1`, an id, a label or a
    /// unique prefix.
    ///
    /// # Errors
    ///
    /// Returns an error if the target is invalid or not applied, or the run is refused, fails or is
    /// interrupted.
    pub fn downgrade(&self, client: &mut Client, target: &str) -> Result<Report, Error> {
        let plan = self.plan_downgrade(client, target)?;
        if plan.is_of(self.chain.untyped()) {
            return self.executor().run(client, &|graph, position| downgrade_plan(graph, position, target));
        }
        self.run(client, &plan)
    }

    /// Reverts every revision that the chain lacks, newest first. The scripts are those in the
    /// ledger, where the newer program recorded them.
    ///
    /// Use it if a person asked for it: what only the newer revisions store is lost.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Migrator::plan_downgrade_to_known`] and [`Migrator::run`].
    pub fn downgrade_to_known(&self, client: &mut Client) -> Result<Report, Error> {
        let plan = self.plan_downgrade_to_known(client)?;
        self.run(client, &plan)
    }

    /// Records targets as applied in turn, without running a script.
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
    pub fn record(&self, client: &mut Client, stamp: &core_plan::Stamp) -> Result<Report, Error> {
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
    pub fn purge_and_record(&self, client: &mut Client, stamp: &core_plan::Stamp) -> Result<Report, Error> {
        self.executor().purge_and_stamp(client, &|graph, position| {
            starts_at(graph, position, &stamp.from)?;
            Ok(stamp.clone())
        })
    }

    /// Records the present text of these edited scripts, without running a script.
    ///
    /// The caller must make sure that the present text has the same effect as the recorded text.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Diverged`] if other scripts were edited too, or another text was recorded
    /// meanwhile.
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

    fn executor(&self) -> Executor<'_> {
        Executor::new(&self.runner)
    }
}

/// Returns the report of a run that had nothing to do.
fn stayed(place: &[&str]) -> Report {
    Report { current: place.iter().map(ToString::to_string).collect(), ..Report::default() }
}

impl<C> Clone for Migrator<'_, C> {
    fn clone(&self) -> Self {
        Self { chain: self.chain, runner: self.runner.clone() }
    }
}

impl<C> fmt::Debug for Migrator<'_, C> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Migrator").field(&self.runner).finish()
    }
}
