//! A runner with the type of its chain. Targets are places in this chain, and a run returns its
//! result as a type.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;

use super::Runner;
use crate::chain::{Embedded, Position};
use crate::{At, Backup, Chain, Error, Interrupt, Progress};

/// Migrates databases of a chain and reports their state.
///
/// Targets are types ([`Migrator::upgrade_to`]) or text ([`Migrator::upgrade`]). Every run is one
/// transaction: either all of its scripts are applied, or none is. Only a script outside a
/// transaction splits a run ([`Migrator::allow_outside_transaction`]).
pub struct Migrator<'c, C> {
    chain: &'c Chain<C>,
    runner: Runner<'c>,
}

impl<C> Chain<C> {
    /// Returns a migrator for databases of this chain, with default settings.
    pub fn migrator(&self) -> Migrator<'_, C> {
        Migrator::new(self)
    }
}

impl<'c, C> Migrator<'c, C> {
    pub(crate) fn new(chain: &'c Chain<C>) -> Self {
        Self { chain, runner: Runner::new(chain.untyped(), chain.watched()) }
    }

    pub(crate) fn runner(&self) -> &Runner<'c> {
        &self.runner
    }

    /// Returns the chain.
    pub fn chain(&self) -> &'c Chain<C> {
        self.chain
    }

    /// Sets how long to wait for the database lock. The default is 30 seconds.
    #[must_use]
    pub fn lock_timeout(mut self, limit: Duration) -> Self {
        self.runner.lock_timeout = limit;
        self
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

    /// Sets a function that prepares each connection before use, for example with the functions and
    /// collations that scripts or tables need.
    ///
    /// SQLite has one authorizer, commit hook, rollback hook, busy handler and progress handler for
    /// each connection. A run replaces them, and clears them when it ends. The busy timeout is
    /// restored.
    #[must_use]
    pub fn prepare(
        mut self,
        prepare: impl Fn(&Connection) -> rusqlite::Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.runner.prepare = Some(Arc::new(prepare));
        self
    }

    /// Ignores tables of other programs in the same file, so that they do not make a database
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

    /// Copies the database before the first script of a run. A run that has nothing to do makes no
    /// copy, and neither does a stamp.
    ///
    /// If the copy cannot be made or verified, nothing runs. If the run is rolled back, the copy is
    /// removed, because the database was not changed.
    #[must_use]
    pub fn backup(mut self, backup: Backup) -> Self {
        self.runner.backup = Some(backup);
        self
    }

    /// Allows runs with scripts outside a transaction, such as `VACUUM`. Otherwise, such a run is
    /// refused.
    ///
    /// Such a script splits the run into parts. Each part is applied completely, or not at all, and
    /// other processes may read and write the database between them. `VACUUM` takes time and disk
    /// space in proportion to the database size. Run it with the `aludel` command, at a time of
    /// your choice, rather than when a server starts.
    #[must_use]
    pub fn allow_outside_transaction(mut self) -> Self {
        self.runner.outside_allowed = true;
        self
    }

    /// Upgrades a database to a place in the chain, and returns it as an [`At`].
    ///
    /// If the database is already there, nothing is written: one query compares the version rows
    /// and the state.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Migrator::upgrade`], and [`Error::Beyond`] if the database has more
    /// revisions applied than the place includes.
    pub fn upgrade_to<P: Position<Chain = C>>(&self, connection: Connection) -> Result<At<P>, Error> {
        self.runner.upgrade_exactly(connection, P::REVISIONS).map(At::new)
    }

    /// Upgrades a database to the heads of the chain, like [`Migrator::upgrade_to`], but without a
    /// type annotation.
    ///
    /// ```no_run
    /// # mod migrations {
    /// #     pub static CHAIN: aludel::Chain<ThisChain> = aludel::Chain::EMPTY;
    /// #     pub struct ThisChain;
    /// #     pub struct Head;
    /// #     impl aludel::chain::Position for Head { type Chain = ThisChain; const REVISIONS: &'static [&'static str] = &[]; }
    /// #     impl aludel::chain::Embedded for ThisChain { type Heads = Head; }
    /// # }
    /// let ready = migrations::CHAIN.migrator().upgrade_to_head(aludel::rusqlite::Connection::open("app.db")?)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Migrator::upgrade_to`].
    pub fn upgrade_to_head<Heads>(&self, connection: Connection) -> Result<At<Heads>, Error>
    where
        C: Embedded<Heads = Heads>,
        Heads: Position<Chain = C>,
    {
        self.upgrade_to(connection)
    }

    /// Verifies that a database is already at a place in the chain, and returns it as an [`At`].
    /// Runs no script and writes nothing.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NotAt`] if the database is at a different place. Returns another error if
    /// it is ahead, diverged or unversioned, or cannot be read.
    pub fn at<P: Position<Chain = C>>(&self, connection: Connection) -> Result<At<P>, Error> {
        self.runner.find_exactly(connection, P::REVISIONS).map(At::new)
    }

    /// Downgrades a database to a place in the chain, and returns it as an [`At`].
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Migrator::downgrade`], and [`Error::Beyond`] if other branches of
    /// the chain stay applied.
    pub fn downgrade_to<P: Position<Chain = C>>(&self, connection: Connection) -> Result<At<P>, Error> {
        self.runner.downgrade_exactly(connection, P::REVISIONS).map(At::new)
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
