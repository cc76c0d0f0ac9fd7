//! A runner with the type of its chain: only this chain's own places are targets, and what comes of a run is the proof.

use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::Connection;

use super::{Progress, Runner};
use crate::{At, Chain, Embedded, Error, Interrupt, Position};

/// Brings databases of a chain from one revision to another, and says where they are.
///
/// Runs to a place of the chain that is a type are here, runs to a target that a person types are those of [`Runner`]. Every run is one
/// transaction: all scripts of it are applied, or none is.
pub struct Migrator<'c, C> {
    chain: &'c Chain<C>,
    runner: Runner<'c>,
}

impl<'c, C> Migrator<'c, C> {
    pub(crate) fn new(chain: &'c Chain<C>) -> Self {
        Self { chain, runner: Runner::new(chain, chain.watched()) }
    }

    /// The chain that its databases move along.
    pub fn chain(&self) -> &'c Chain<C> {
        self.chain
    }

    /// Waits so long for another process that holds the database; 30 seconds where nothing else is said.
    #[must_use]
    pub fn lock_timeout(mut self, limit: Duration) -> Self {
        self.runner.lock_timeout = limit;
        self
    }

    /// Stops when this flag is triggered: the run is rolled back.
    #[must_use]
    pub fn interrupt(mut self, interrupt: Interrupt) -> Self {
        self.runner.interrupt = interrupt;
        self
    }

    /// Tells how far the run is.
    #[must_use]
    pub fn on_progress(mut self, listener: impl Fn(&Progress<'_>) + Send + Sync + 'static) -> Self {
        self.runner.listener = Some(Arc::new(listener));
        self
    }

    /// Prepares each connection before it is used, with the functions and collations that scripts or tables need.
    ///
    /// A run takes the connection's authorizer, commit hook, rollback hook, busy handler and progress handler, and empties these slots when it
    /// ends: SQLite has one of each. The busy timeout is left as it was.
    #[must_use]
    pub fn prepare(
        mut self,
        prepare: impl Fn(&Connection) -> rusqlite::Result<()> + Send + Sync + 'static,
    ) -> Self {
        self.runner.prepare = Some(Arc::new(prepare));
        self
    }

    /// Ignores tables that other programs keep in the same file, when it says whether a database is unversioned.
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

    /// Brings a database to a place of the chain, and gives the proof that it is there.
    ///
    /// At the place already, nothing is written: one query compares the version rows and the state.
    ///
    /// # Errors
    ///
    /// As [`Runner::upgrade`]; [`Error::Beyond`] where the database has more than the place asks for.
    pub fn upgrade_to<P: Position<Chain = C>>(&self, connection: Connection) -> Result<At<P>, Error> {
        self.runner.upgrade_exactly(connection, P::REVISIONS).map(At::new)
    }

    /// Upgrades a database to the heads of the chain. It is [`Migrator::upgrade_to`] without a type annotation.
    ///
    /// ```no_run
    /// # mod migrations {
    /// #     pub static CHAIN: aludel::Chain<ThisChain> = aludel::Chain::EMPTY;
    /// #     pub struct ThisChain;
    /// #     pub struct Head;
    /// #     impl aludel::Position for Head { type Chain = ThisChain; const REVISIONS: &'static [&'static str] = &[]; }
    /// #     impl aludel::Embedded for ThisChain { type Heads = Head; }
    /// # }
    /// let ready = migrations::CHAIN.migrator().upgrade_to_head(aludel::rusqlite::Connection::open("app.db")?)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`Migrator::upgrade_to`].
    pub fn upgrade_to_head<Heads>(&self, connection: Connection) -> Result<At<Heads>, Error>
    where
        C: Embedded<Heads = Heads>,
        Heads: Position<Chain = C>,
    {
        self.upgrade_to(connection)
    }

    /// Gives the proof that a database is at a place of the chain already. Runs no script and writes nothing.
    ///
    /// # Errors
    ///
    /// [`Error::NotAt`] where it is somewhere else; where it is ahead, diverged or unversioned; where it cannot be read.
    pub fn at<P: Position<Chain = C>>(&self, connection: Connection) -> Result<At<P>, Error> {
        self.runner.find_exactly(connection, P::REVISIONS).map(At::new)
    }

    /// Takes a database back to a place of the chain, and gives the proof that it is there.
    ///
    /// # Errors
    ///
    /// As [`Runner::downgrade`]; [`Error::Beyond`] where other lines of the chain stay applied.
    pub fn downgrade_to<P: Position<Chain = C>>(&self, connection: Connection) -> Result<At<P>, Error> {
        self.runner.downgrade_exactly(connection, P::REVISIONS).map(At::new)
    }
}

impl<'c, C> Deref for Migrator<'c, C> {
    type Target = Runner<'c>;

    fn deref(&self) -> &Self::Target {
        &self.runner
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
