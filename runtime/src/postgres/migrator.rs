//! A runner with the type of its chain. Targets are places in this chain, and a run returns its
//! result as a type.

mod reports;
mod runs;

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
use crate::plans::exactly;
use crate::{Chain, Error, Interrupt, Progress, Report};

/// The start of a script for the `psql` program. The script refuses a database at any other place.
#[non_exhaustive]
pub enum ScriptStart<'a> {
    /// The present state of this database.
    Database(&'a mut Client),
    /// A place in the chain, such as `base`, `heads` or an ID.
    Place(&'a str),
}

impl fmt::Debug for ScriptStart<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Database(_) => formatter.write_str("Database"),
            Self::Place(place) => formatter.debug_tuple("Place").field(place).finish(),
        }
    }
}

/// Migrates PostgreSQL databases and reports their state.
///
/// Targets are types ([`Migrator::upgrade_to`]) or text ([`Migrator::upgrade`]). Every run is one
/// transaction: either all of its scripts are applied, or none is. There are two exceptions.
/// Scripts outside a transaction split the run ([`Migrator::allow_outside_transaction`]).
/// PostgreSQL also requires a commit before a script that uses an enum value that an earlier script
/// added.
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

    /// Sets how long to wait for the lock of another run, and how long to retry a part in which a
    /// statement cannot lock a table. The default is 30 seconds.
    #[must_use]
    pub fn lock_timeout(mut self, limit: Duration) -> Self {
        self.runner.lock_timeout = limit;
        self
    }

    /// Sets how long a statement of a script waits for a lock before the part is rolled back and
    /// retried (PostgreSQL's `lock_timeout`). The default is 5 seconds. While the statement waits,
    /// every later query on the table waits behind it.
    #[must_use]
    pub fn statement_lock_timeout(mut self, limit: Duration) -> Self {
        self.runner.statement_lock_timeout = limit;
        self
    }

    /// Sets how long a statement of a script may run (PostgreSQL's `statement_timeout`). Zero, the
    /// default, means no limit. The limit does not apply to statements outside a transaction.
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

    /// Sets how to open a second connection to the same database, which holds the lock while a
    /// script runs outside a transaction.
    #[must_use]
    pub fn connect_with(
        mut self,
        connect: impl Fn() -> Result<Client, Error> + Send + Sync + 'static,
    ) -> Self {
        self.runner.connect = Some(Arc::new(connect));
        self
    }

    /// Uses the database's URL to open the second connection that [`Migrator::connect_with`]
    /// describes. Also cancels statements with the URL's TLS settings.
    #[must_use]
    pub fn database(mut self, database: &Database) -> Self {
        let of_cancel = database.clone();
        self.runner.cancel = Arc::new(move |token| of_cancel.cancel(token));
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

    /// Ignores tables of other programs in the same schema when determining whether a database is
    /// unversioned.
    #[must_use]
    pub fn ignore_tables<T: Into<String>>(mut self, tables: impl IntoIterator<Item = T>) -> Self {
        self.runner.ignored.extend(tables.into_iter().map(Into::into));
        self
    }

    /// Records in the ledger that the scripts were not proved.
    #[must_use]
    pub fn unproved(mut self) -> Self {
        self.runner.unproved = true;
        self
    }

    /// Allows runs with scripts outside a transaction, such as `CREATE INDEX CONCURRENTLY`.
    /// Otherwise, such a run is refused.
    ///
    /// Such a script splits the run into parts. Each part is applied completely, or not at all.
    #[must_use]
    pub fn allow_outside_transaction(mut self) -> Self {
        self.runner.outside_allowed = true;
        self
    }

    /// Upgrades a database to a place in the chain, and returns it as an [`At`].
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
            return Ok(At::new(client, Report::stayed(place)));
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

    /// Verifies that a database is already at a place in the chain, and returns it as an [`At`].
    /// Runs no script and writes nothing.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NotAt`] if the database is at a different place. Returns another error if
    /// it is ahead, diverged or unversioned, or cannot be read.
    pub fn at<P: Position<Chain = C>>(&self, mut client: Client) -> Result<At<P>, Error> {
        if self.runner.is_at(&mut client, P::REVISIONS)? {
            return Ok(At::new(client, Report::stayed(P::REVISIONS)));
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

    /// Downgrades a database to a place in the chain, and returns it as an [`At`].
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Migrator::downgrade`], and [`Error::Beyond`] if other branches of
    /// the chain stay applied.
    pub fn downgrade_to<P: Position<Chain = C>>(&self, mut client: Client) -> Result<At<P>, Error> {
        let place = P::REVISIONS;
        let report = self.executor().run(&mut client, &|graph: &Graph, position: &Reached| {
            let to = place.first().and_then(|id| graph.find(id));
            let plan = core_plan::downgrade(graph, position, Downgrade { to, branch: None })?;
            exactly(place, graph, position, plan)
        })?;
        Ok(At::new(client, report))
    }

    pub(super) fn runner(&self) -> &Runner<'c> {
        &self.runner
    }

    fn executor(&self) -> Executor<'_> {
        Executor::new(&self.runner)
    }
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
