//! Databases for a program's own tests (feature `scratch`).

use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use aludel_core::sparse;
use rusqlite::{Connection, MAIN_DB};

use crate::chain::{Embedded, Image, Position};
use crate::sqlite::at::Arrived;
use crate::sqlite::opener;
use crate::{At, Chain, Error, Report};

impl<C> Chain<C> {
    /// Creates an in-memory database for tests, with every script applied, without running any.
    ///
    /// The database is loaded from an image that the compiler built. It contains the result of
    /// running the scripts: the schema, inserted rows, version rows and the ledger. Each database
    /// is independent and writable, and can grow up to 1 GiB. Foreign keys are enforced.
    ///
    /// ```
    /// # mod migrations {
    /// #     pub static CHAIN: aludel::Chain<ThisChain> = aludel::Chain::EMPTY;
    /// #     pub struct ThisChain;
    /// #     pub struct Heads;
    /// #     impl aludel::chain::Position for Heads { type Chain = ThisChain; const REVISIONS: &'static [&'static str] = &[]; }
    /// #     impl aludel::chain::Embedded for ThisChain { type Heads = Heads; }
    /// #     impl aludel::chain::Image for ThisChain { const IMAGE: &'static [u8] = &[]; }
    /// # }
    /// // In a test; `migrations` holds `embed_migrations!`.
    /// let photosafe = migrations::CHAIN.scratch()?;
    /// let photos = "SELECT count(*) FROM sqlite_schema WHERE name = 'photos'";
    /// let count: u32 = photosafe.connection().query_row(photos, [], |row| row.get(0))?;
    /// # assert_eq!(count, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns an error if SQLite cannot open the image.
    // The heads are a separate parameter, so that the compiler shows the message of `Image` and not
    // an unsatisfied bound.
    pub fn scratch<Heads>(&self) -> Result<At<Heads>, Error>
    where
        C: Image + Embedded<Heads = Heads>,
        Heads: Position<Chain = C>,
    {
        let mut connection = open(C::IMAGE).map_err(|source| Error::Database {
            doing: "opening the image of the head",
            source: source.into(),
        })?;
        let report = self.migrator().runner().executor().record_all(&mut connection)?;
        Ok(self.arrived(connection, report))
    }

    /// Creates a database file with every script applied, without running any.
    ///
    /// Use it to test code that opens several connections, such as a pool. The contents are the
    /// same as for [`Chain::scratch`]. The path must not exist.
    ///
    /// # Errors
    ///
    /// Returns [`Error::Create`] if the file cannot be created. Otherwise, returns SQLite's error.
    pub fn scratch_file<Heads>(&self, path: impl AsRef<Path>) -> Result<At<Heads>, Error>
    where
        C: Image + Embedded<Heads = Heads>,
        Heads: Position<Chain = C>,
    {
        let path = path.as_ref();
        File::create_new(path)
            .and_then(|mut file| file.write_all(&sparse::unpack(C::IMAGE)))
            .map_err(|source| Error::Create { path: path.to_owned(), source })?;
        let mut connection = Connection::open(path)
            .map_err(|source| Error::Open { path: path.to_owned(), source: source.into() })?;
        let report = self.migrator().runner().executor().record_all(&mut connection)?;
        Ok(self.arrived(connection, report))
    }

    fn arrived<Heads: Position<Chain = C>>(&self, connection: Connection, report: Report) -> At<Heads> {
        let file = opener::File::of(&connection, None, self.untyped().clone());
        At::new(Arrived { connection, report, file: Arc::new(file) })
    }
}

/// Opens an in-memory database with the pages of an image.
fn open(image: &[u8]) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open_in_memory()?;
    let pages = sparse::unpack(image);
    if !pages.is_empty() {
        connection.deserialize_read_exact(MAIN_DB, pages.as_slice(), pages.len(), false)?;
    }
    Ok(connection)
}
