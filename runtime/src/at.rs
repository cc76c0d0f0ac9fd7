//! A database that is at a known revision, as a value.

use std::fmt;
use std::marker::PhantomData;
use std::path::PathBuf;

use aludel_core::chain::Chain;
use aludel_core::plan;
use rusqlite::{Connection, OpenFlags};

use crate::migrator::Prepare;
use crate::{Error, Position, Report, version_table};

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
    pub(crate) prepare: Option<Prepare>,
    pub(crate) chain: Chain,
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

    /// Returns the report of the run that brought the database here.
    pub fn report(&self) -> &Report {
        &self.arrived.report
    }

    /// Returns the connection, and drops the knowledge of its revision.
    pub fn into_connection(self) -> Connection {
        self.arrived.connection
    }

    /// Opens another connection to the same file, prepared like the first one.
    ///
    /// # Errors
    ///
    /// Returns [`Error::InMemory`] if the database has no file, [`Error::NotAt`] if it is no longer
    /// at `P`, or an error of SQLite.
    pub fn open(&self) -> Result<Connection, Error> {
        self.arrived.open(P::REVISIONS)
    }
}

impl Arrived {
    /// Opens another connection, if the database is still at the place.
    fn open(&self, place: &[&str]) -> Result<Connection, Error> {
        let path = match self.connection.path() {
            Some(path) if !path.is_empty() => PathBuf::from(path),
            _ => return Err(Error::InMemory),
        };
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&path, flags)
            .map_err(|source| Error::Open { path: path.clone(), source })?;
        if let Some(prepare) = &self.prepare {
            prepare(&connection).map_err(|source| Error::Prepare { source })?;
        }
        let table = &*self.chain.version_table;
        let rows = version_table::read(&connection, table).map_err(|unusable| {
            Error::of_own_table(table, unusable, |source| Error::Sqlite {
                doing: "reading the version rows",
                source,
            })
        })?;
        let mut found = rows.map(|found| found.rows).unwrap_or_default();
        if found == place {
            return Ok(connection);
        }
        found = plan::Position::reduce(&self.chain.graph(), &found).0;
        if found == place {
            return Ok(connection);
        }
        Err(Error::NotAt { expected: place.iter().map(ToString::to_string).collect(), found })
    }
}

impl<P> fmt::Debug for At<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("At").field("connection", &self.arrived.connection).finish_non_exhaustive()
    }
}
