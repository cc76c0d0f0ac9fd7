//! Adopts a PostgreSQL database that another migration tool has migrated.

mod tools;

use aludel_core::graph::{Graph, Index};
use aludel_core::plan::Position;
use aludel_core::targets::TargetError;
use postgres::Client;

use super::executor::Executor;
use super::migrator::Migrator;
use super::session::Session;
use crate::adopt::{Adopted, Found, stamp_at};
use crate::status::{RunStart, Situation};
use crate::{AdoptFault, Error};

/// Another migration tool that has migrated a database without version rows.
#[derive(Debug, Clone)]
pub struct FoundTool {
    found: Found,
    rows: Option<Vec<String>>,
}

impl FoundTool {
    /// Returns the name of the tool.
    pub fn tool(&self) -> &'static str {
        self.found.tool
    }

    /// Returns the table in which the tool recorded its migrations.
    pub fn table(&self) -> &'static str {
        self.found.table
    }

    /// Returns the version rows that correspond to the tool's migrations. Returns `None` if the
    /// tool's versions are not numbers, so that only the schema shows which migrations ran.
    pub fn version_rows(&self) -> Option<&[String]> {
        self.rows.as_deref()
    }
}

impl<C> Migrator<'_, C> {
    /// Finds the migration tool that has migrated a database: sqlx, diesel, refinery, `SeaORM`,
    /// goose, dbmate, golang-migrate, Drizzle and others. The versions in its table must correspond
    /// to revisions that `aludel import` created, and its checksums must match the imported files.
    ///
    /// Returns `None` if the database is new, or already has version rows.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NotAdopted`] if it is unclear which migrations the tool ran. Returns
    /// another error if the database cannot be read.
    pub fn find_tool(&self, client: &mut Client) -> Result<Option<FoundTool>, Error> {
        let graph = self.runner().chain.graph();
        self.runner().reading(client, |session| session.tool(&graph))
    }

    /// Adopts a database that another migration tool has migrated: records version rows without
    /// running a script.
    ///
    /// The caller must make sure that the database has the schema of these revisions, as
    /// `aludel adopt` does with a scratch server. Returns `None` if the database already has
    /// version rows. The tool's table is kept, and is ignored from then on.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NotAdopted`] if the tool has run other migrations in the meantime, and the
    /// errors of [`Migrator::stamp`].
    pub fn adopt(
        &self,
        client: &mut Client,
        tool: &FoundTool,
        rows: &[String],
    ) -> Result<Option<Adopted>, Error> {
        Executor::new(self.runner()).adopt(client, tool, rows)
    }
}

impl Session<'_> {
    /// Returns the tool that has migrated an unversioned database, and the corresponding version
    /// rows.
    fn tool(&self, graph: &Graph) -> Result<Option<FoundTool>, Error> {
        if !matches!(self.situation(graph)?, Situation::Unversioned(_)) {
            return Ok(None);
        }
        let found = Found::only(self.tools()?)?;
        let position = found.position(self.runner.chain, graph)?;
        let rows = position.map(|position| {
            let mut rows = graph.ids(position.rows());
            rows.sort();
            rows
        });
        Ok(Some(FoundTool { found, rows }))
    }
}

impl Executor<'_> {
    /// Reads the table of the tool again under the lock, and records the rows.
    fn adopt(
        &self,
        client: &mut Client,
        tool: &FoundTool,
        rows: &[String],
    ) -> Result<Option<Adopted>, Error> {
        let graph = self.graph();
        self.locked(client, |session| {
            let Some(found) = session.tool(graph)? else { return Ok(None) };
            if found.found != tool.found {
                let why = "was changed by another process".to_owned();
                return Err(AdoptFault::Unreadable { table: tool.found.table, why }.into());
            }
            let unknown = |row: &String| TargetError::NoSuchRevision { name: row.clone(), nearest: None };
            let indexes: Result<Vec<Index>, TargetError> =
                rows.iter().map(|row| graph.find_id(row).ok_or_else(|| unknown(row))).collect();
            let position = Position::new(graph, indexes?);
            let stamp = stamp_at(graph, &position);
            session.make_tables()?;
            let entries = self.entries().stamps(&RunStart::default(), &stamp);
            let report = self.record(session, (&[], &stamp.after), &entries)?;
            Ok(Some(Adopted::of(&found.found, graph, report)))
        })
    }
}
