//! Adopts an SQLite database that another migration tool has migrated. Records the position only if
//! the database's schema matches the revisions that the tool ran.

mod tools;

use std::collections::BTreeSet;

use aludel_core::graph::Graph;
use aludel_core::plan::{Position, Stamp};
use rusqlite::Connection;

use crate::adopt::{Adopted, Found, stamp_at};
use crate::sqlite::executor::Executor;
use crate::sqlite::migrator::{Migrator, Runner};
use crate::status::Situation;
use crate::{AdoptFault, Error};
pub(crate) use tools::recognize;

impl<C> Migrator<'_, C> {
    /// Adopts a database that another migration tool has migrated: records the revisions of its
    /// migrations, without running a script.
    ///
    /// The tool is recognized by its own table. Supports sqlx, diesel, refinery, `SeaORM`, goose,
    /// dbmate, golang-migrate, Drizzle and others, and programs that count their migrations in
    /// `user_version`.
    ///
    /// The versions in the table must correspond to revisions that `aludel import` created, and the
    /// checksums must match the imported files. The schema of the database must be that of these
    /// revisions. If the tool's versions are not numbers, the schema alone determines the
    /// revisions.
    ///
    /// Returns `None` if the database is new or already has version rows. Reads and writes in one
    /// transaction. The tool's table is kept, and is ignored from then on.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NotAdopted`] if anything is in doubt, and the errors of
    /// [`Migrator::stamp`]. In either case, nothing was changed.
    pub fn adopt(&self, connection: &mut Connection) -> Result<Option<Adopted>, Error> {
        self.runner().adopt(connection)
    }
}

impl Runner<'_> {
    pub(crate) fn adopt(&self, connection: &mut Connection) -> Result<Option<Adopted>, Error> {
        self.run_hook(connection)?;
        let graph = self.chain.graph();
        if !matches!(self.situation(connection, &graph)?, Situation::Unversioned(_)) {
            return Ok(None);
        }
        self.executor().adopt(connection)
    }

    /// Returns the tool, and the stamp that records what it ran.
    fn adoption(&self, connection: &Connection, graph: &Graph) -> Result<(Found, Stamp), Error> {
        let failed = |source| self.error("reading the table of another migration tool", source);
        let found = Found::only(tools::find(connection).map_err(failed)??)?;
        let position = match found.position(self.chain, graph)? {
            Some(position) => position,
            None => self.position_by_schema(connection, graph, found.tool)?,
        };
        let differences = self.differences_at(&position, self.schema(connection)?, |_| true)?;
        if differences.is_empty() {
            return Ok((found, stamp_at(graph, &position)));
        }
        let revision = graph.ids(position.rows()).join(", ");
        let differences = differences.iter().map(ToString::to_string).collect();
        Err(AdoptFault::Differs { tool: found.tool, revision, differences }.into())
    }

    /// Returns the position whose schema matches the database. Scripts that leave the schema
    /// unchanged make the position ambiguous.
    fn position_by_schema(
        &self,
        connection: &Connection,
        graph: &Graph,
        tool: &'static str,
    ) -> Result<Position, Error> {
        let matches = self.resemblance(connection, graph)?.matches;
        if let [one] = matches.as_slice() {
            let rows = one.stamp.iter().filter_map(|id| graph.find(id));
            return Ok(Position::new(graph, rows));
        }
        let matches = matches.into_iter().map(|one| one.revision).collect::<BTreeSet<_>>();
        Err(AdoptFault::NoMatch { tool, matches: matches.into_iter().collect() }.into())
    }
}

impl Executor<'_> {
    /// Reads everything again under the lock, and records the revisions.
    fn adopt(&self, connection: &mut Connection) -> Result<Option<Adopted>, Error> {
        let adopted = self.stamp_found(connection, &|transaction| match self
            .runner
            .situation(transaction, &self.graph)?
        {
            Situation::Unversioned(_) => self.runner.adoption(transaction, &self.graph).map(Some),
            _ => Ok(None),
        })?;
        Ok(adopted.map(|(found, report)| Adopted::of(&found, &self.graph, report)))
    }
}
