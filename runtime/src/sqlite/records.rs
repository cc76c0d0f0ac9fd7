//! Reads the version rows and the ledger of an SQLite database.

use std::collections::BTreeMap;

use aludel_core::chain::history_table;
use aludel_core::script::Dialect;
use rusqlite::Connection;

use super::migrator::Runner;
use super::{ledger, version_table};
use crate::ledger::{Damage, Numbered};
use crate::records::Records;
use crate::sqlite::adopt;
use crate::{Error, OtherTool};

/// The action as named in error messages.
const READING: &str = "reading the version rows and the ledger";

/// The records of a database, as a runner reads them.
pub(crate) struct SqliteRecords<'r> {
    pub(crate) runner: &'r Runner<'r>,
    pub(crate) connection: &'r Connection,
}

impl Records for SqliteRecords<'_> {
    const DIALECT: Dialect = Dialect::Sqlite;

    fn version_rows(&self) -> Result<Option<Vec<String>>, Error> {
        version_table::read(self.connection, &self.runner.chain.version_table)
            .map(|found| found.map(|found| found.rows))
            .map_err(|unusable| self.runner.version_table_error(READING, unusable))
    }

    fn tables(&self) -> Result<Vec<String>, Error> {
        let history = history_table(&self.runner.chain.version_table);
        let is_other = |table: &String| {
            !table.eq_ignore_ascii_case(&history)
                && !self.runner.ignored.iter().any(|name| name.eq_ignore_ascii_case(table))
        };
        let tables = tables(self.connection).map_err(|source| self.runner.error(READING, source))?;
        Ok(tables.into_iter().filter(is_other).collect())
    }

    fn other_tool(&self) -> Result<Option<OtherTool>, Error> {
        let found = adopt::recognize(self.connection);
        let found = found.map_err(|source| self.runner.error("reading the tables of other tools", source))?;
        Ok(found.map(|(table, is_importable)| OtherTool::new(table, is_importable, self.runner.chain)))
    }

    fn checksums(&self) -> Result<BTreeMap<String, String>, Error> {
        ledger::evidence(self.connection, &history_table(&self.runner.chain.version_table))
            .map(|evidence| evidence.checksums)
            .map_err(|source| self.runner.error(READING, source))
    }

    fn ledger(&self) -> Result<(Vec<Numbered>, Option<Damage>), Error> {
        ledger::rows(self.connection, &history_table(&self.runner.chain.version_table))
            .map_err(|source| self.runner.error(READING, source))
    }
}

/// Returns the tables that are not SQLite's own.
fn tables(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(
        "SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    )?;
    statement.query_map([], |row| row.get(0))?.collect()
}
