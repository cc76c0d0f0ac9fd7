//! A value that proves that a database is at a known revision.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use rusqlite::Connection;

use crate::chain::Position;
use crate::sqlite::opener::File;
use crate::{Error, Opener, Report};

/// A database at a place in its chain: its version rows are exactly those of `P`.
///
/// Only a [`crate::Migrator`] creates this type. A function that takes an `At<Head>` therefore
/// cannot be called with a database that was not upgraded to the head.
pub struct At<P> {
    arrived: Arrived,
    place: PhantomData<fn() -> P>,
}

/// A database at a place whose type the caller knows.
pub(crate) struct Arrived {
    pub(crate) connection: Connection,
    pub(crate) report: Report,
    pub(crate) file: Arc<File>,
}

impl<P: Position> At<P> {
    pub(crate) fn new(arrived: Arrived) -> Self {
        Self { arrived, place: PhantomData }
    }

    /// Returns the connection that was migrated.
    pub fn connection(&self) -> &Connection {
        &self.arrived.connection
    }

    /// Returns the connection mutably, for transactions.
    pub fn connection_mut(&mut self) -> &mut Connection {
        &mut self.arrived.connection
    }

    /// Returns the report of the run that migrated the database.
    pub fn report(&self) -> &Report {
        &self.arrived.report
    }

    /// Returns the connection without the guarantee of its revision.
    pub fn into_connection(self) -> Connection {
        self.arrived.connection
    }

    /// Opens another connection to the same file, prepared like the first one.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Opener::open`].
    pub fn open(&self) -> Result<Connection, Error> {
        self.arrived.file.open(P::REVISIONS)
    }

    /// Returns an opener for additional connections from any thread, such as those of a pool.
    pub fn opener(&self) -> Opener<P> {
        Opener::new(Arc::clone(&self.arrived.file))
    }
}

impl<P> fmt::Debug for At<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("At").field("connection", &self.arrived.connection).finish_non_exhaustive()
    }
}
