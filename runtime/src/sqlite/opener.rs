//! Opens additional connections, from any thread, to a database that is at a place in its chain.

use std::fmt;
use std::marker::PhantomData;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aludel_core::chain::Chain;
use aludel_core::plan;
use rusqlite::{Connection, OpenFlags};

use crate::Error;
use crate::chain::Position;
use crate::sqlite::migrator::Prepare;
use crate::sqlite::version_table;

/// Opens connections to a database at a place `P` in its chain, for a pool or for several threads.
///
/// An [`At`](crate::At) owns a connection, which can be used by one thread at a time. Its opener
/// can be cloned and shared.
///
/// ```
/// # mod migrations {
/// #     pub static CHAIN: aludel::Chain<ThisChain> = aludel::Chain::EMPTY;
/// #     pub struct ThisChain;
/// #     pub struct Head;
/// #     impl aludel::chain::Position for Head { type Chain = ThisChain; const REVISIONS: &'static [&'static str] = &[]; }
/// #     impl aludel::chain::Embedded for ThisChain { type Heads = Head; }
/// # }
/// # let folder = tempfile::tempdir()?;
/// # let path = folder.path().join("app.db");
/// let ready = migrations::CHAIN.migrator().upgrade_to_head(aludel::rusqlite::Connection::open(path)?)?;
/// let opener: aludel::Opener<migrations::Head> = ready.opener();
/// std::thread::spawn(move || opener.open()).join().expect("the thread ends")?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Opener<P> {
    file: Arc<File>,
    place: PhantomData<fn() -> P>,
}

/// The file of a database, and the function that prepares connections to it.
pub(crate) struct File {
    /// `None` if the database is in memory.
    path: Option<PathBuf>,
    prepare: Option<Prepare>,
    chain: Chain,
}

impl<P: Position> Opener<P> {
    pub(crate) fn new(file: Arc<File>) -> Self {
        Self { file, place: PhantomData }
    }

    /// Returns the path of the database, or `None` if it is in memory.
    pub fn path(&self) -> Option<&Path> {
        self.file.path.as_deref()
    }

    /// Opens a connection, prepares it, and checks that the version rows of the database are those
    /// of `P`.
    ///
    /// # Errors
    ///
    /// Returns [`Error::InMemory`] if there is no file, and [`Error::NotAt`] if the database is no
    /// longer at `P`. Returns another error if the file cannot be opened.
    pub fn open(&self) -> Result<Connection, Error> {
        self.file.open(P::REVISIONS)
    }
}

impl<P> Clone for Opener<P> {
    fn clone(&self) -> Self {
        Self { file: Arc::clone(&self.file), place: PhantomData }
    }
}

impl<P> fmt::Debug for Opener<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Opener").field("path", &self.file.path).finish_non_exhaustive()
    }
}

impl File {
    pub(crate) fn of(connection: &Connection, prepare: Option<Prepare>, chain: Chain) -> Self {
        let path = connection.path().filter(|path| !path.is_empty()).map(PathBuf::from);
        Self { path, prepare, chain }
    }

    /// Opens a connection. Returns an error if the database is not at the place.
    pub(crate) fn open(&self, place: &[&str]) -> Result<Connection, Error> {
        let path = self.path.as_ref().ok_or(Error::InMemory)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(path, flags)
            .map_err(|source| Error::Open { path: path.clone(), source: source.into() })?;
        if let Some(prepare) = &self.prepare {
            prepare(&connection).map_err(|source| Error::Prepare { source: source.into() })?;
        }
        let table = &*self.chain.version_table;
        let rows = version_table::read(&connection, table).map_err(|unusable| {
            Error::of_own_table(table, unusable, |source| Error::Database {
                doing: "reading the version rows",
                source: source.into(),
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
