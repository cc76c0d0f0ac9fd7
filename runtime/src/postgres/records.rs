//! Reads the version rows and the ledger of a PostgreSQL database.

use std::collections::BTreeMap;

use aludel_core::script::Dialect;

use super::session::Session;
use crate::ledger::{Damage, MOST_ROWS, Numbered};
use crate::records::Records;
use crate::{Error, OtherTool};

impl Records for Session<'_> {
    const DIALECT: Dialect = Dialect::Postgresql;

    fn version_rows(&self) -> Result<Option<Vec<String>>, Error> {
        self.read_versions()
    }

    fn tables(&self) -> Result<Vec<String>, Error> {
        let mut tables = self.other_tables()?;
        tables.retain(|name| !self.runner.ignored.contains(name));
        Ok(tables)
    }

    fn other_tool(&self) -> Result<Option<OtherTool>, Error> {
        let found = self.recognize()?;
        Ok(found.map(|(table, is_importable)| OtherTool::new(table, is_importable, self.runner.chain)))
    }

    fn checksums(&self) -> Result<BTreeMap<String, String>, Error> {
        self.read_checksums()
    }

    fn ledger(&self) -> Result<(Vec<Numbered>, Option<Damage>), Error> {
        self.read_ledger(MOST_ROWS)
    }
}
