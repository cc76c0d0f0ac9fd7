//! Reads the version rows and the ledger of a PostgreSQL database.

use std::collections::BTreeMap;

use aludel_core::script::Dialect;

use super::session::Session;
use super::tables::READING;
use crate::ledger::{Damage, MOST_ROWS, Numbered};
use crate::records::Records;
use crate::{Error, OtherTool};

impl Records for Session<'_> {
    const DIALECT: Dialect = Dialect::Postgresql;

    fn version_rows(&self) -> Result<Option<Vec<String>>, Error> {
        self.read_versions()
    }

    /// Returns the tables and views in the schema of the version table. Omits other schemas, which
    /// may belong to other programs, and objects of extensions.
    fn tables(&self) -> Result<Vec<String>, Error> {
        let sql = "SELECT c.relname::text FROM pg_catalog.pg_class c \
             JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace \
             WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname = $1 AND c.relname <> $2 \
             AND NOT EXISTS (SELECT FROM pg_catalog.pg_depend d \
                             WHERE d.classid = 'pg_catalog.pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') \
             ORDER BY 1";
        let rows = self.query(READING, sql, &[&self.tables.schema, &self.tables.history])?;
        let is_ignored = |name: &String| self.runner.ignored.contains(name);
        Ok(rows.iter().map(|row| row.get::<_, String>(0)).filter(|name| !is_ignored(name)).collect())
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
