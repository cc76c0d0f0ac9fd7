//! Databases for a program's own tests (feature `scratch`).

use aludel_core::sparse;
use rusqlite::{Connection, MAIN_DB};

use crate::at::Arrived;
use crate::chain::{Image, Position};
use crate::{At, Chain, Error};

impl<C> Chain<C> {
    /// Makes a database in memory to which every script is applied, without running one: for tests.
    ///
    /// It begins from an image that the compiler made, and holds what running the scripts makes: schema, rows that scripts insert, version
    /// rows and ledger. Each is its own, can be written, and grows up to 1 GiB. As ever, foreign keys are enforced.
    ///
    /// ```
    /// # mod migrations {
    /// #     pub static CHAIN: aludel::Chain<ThisChain> = aludel::Chain::EMPTY;
    /// #     pub struct ThisChain;
    /// #     pub struct Heads;
    /// #     impl aludel::Position for Heads { type Chain = ThisChain; const REVISIONS: &'static [&'static str] = &[]; }
    /// #     impl aludel::Image for ThisChain { type Heads = Heads; const IMAGE: &'static [u8] = &[]; }
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
    /// SQLite's own.
    // The heads are a parameter of their own so that the compiler tells the words of `Image`, and not that a bound is not met.
    pub fn scratch<Heads>(&self) -> Result<At<Heads>, Error>
    where
        C: Image<Heads = Heads>,
        Heads: Position<Chain = C>,
    {
        let mut connection = open(C::IMAGE)
            .map_err(|source| Error::Sqlite { doing: "opening the image of the head", source })?;
        let report = self.migrator().executor().record_all(&mut connection)?;
        let chain = aludel_core::chain::Chain::clone(self);
        Ok(At::new(Arrived { connection, report, prepare: None, chain }))
    }
}

/// A database in memory with the pages of an image.
fn open(image: &[u8]) -> rusqlite::Result<Connection> {
    let mut connection = Connection::open_in_memory()?;
    let pages = sparse::unpack(image);
    if !pages.is_empty() {
        connection.deserialize_read_exact(MAIN_DB, pages.as_slice(), pages.len(), false)?;
    }
    Ok(connection)
}
