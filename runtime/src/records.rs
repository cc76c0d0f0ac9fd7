//! The records of a database: its version rows and its ledger, which show what was applied.
//!
//! How to read them depends on the kind of database. Everything that is derived from them, such as
//! the status and the plan of a downgrade, works the same way for all kinds.

use std::collections::BTreeMap;

use aludel_core::script::Dialect;

use crate::ledger::{Damage, Numbered};
use crate::{Error, OtherTool};

/// The records of a connected database. All methods only read.
pub(crate) trait Records {
    /// The dialect of the database.
    const DIALECT: Dialect;

    /// Returns the version rows, sorted, or `None` if there is no version table.
    fn version_rows(&self) -> Result<Option<Vec<String>>, Error>;

    /// Returns the tables of the user's program. Omits Aludel's own tables and ignored tables.
    fn tables(&self) -> Result<Vec<String>, Error>;

    /// Returns the other tool that migrated the database, if one is recognized.
    fn other_tool(&self) -> Result<Option<OtherTool>, Error>;

    /// Returns the checksum of each applied script that the ledger records.
    fn checksums(&self) -> Result<BTreeMap<String, String>, Error>;

    /// Returns the rows of the ledger, newest first, and the damage that prevented reading all of
    /// them.
    fn ledger(&self) -> Result<(Vec<Numbered>, Option<Damage>), Error>;

    /// Returns the rows of the ledger like [`Records::ledger`], without those that only record the
    /// start of a step.
    fn steps(&self) -> Result<(Vec<Numbered>, Option<Damage>), Error> {
        let (mut rows, damage) = self.ledger()?;
        rows.retain(|row| row.entry.started().is_none());
        Ok((rows, damage))
    }
}
