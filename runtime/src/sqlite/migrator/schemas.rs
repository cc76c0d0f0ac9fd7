//! Reads and compares the schemas of a database and of a chain's scripts. Nothing here writes.

use aludel_core::chain::history_table;
use aludel_core::graph::{Graph, Index};
use aludel_core::neighbours::OF_MIGRATION_TOOLS;
use aludel_core::plan::Position;
use aludel_core::schema::sqlite::{Reader, Touched};
use aludel_core::schema::{Changes, Difference, Schema, differences};
use rusqlite::Connection;

use super::{Migrator, Runner};
use crate::sqlite::replay::Replay;
use crate::sqlite::resemblance::Resemblance;
use crate::{Error, SchemaDifference};

impl<C> Migrator<'_, C> {
    /// Returns the schema of a database.
    ///
    /// Omits the tables of Aludel and other tools, and the tables that the settings ignore.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot be read.
    #[doc(hidden)]
    pub fn schema(&self, connection: &Connection) -> Result<Schema, Error> {
        self.runner().schema(connection)
    }

    /// Returns the schema that these revisions, and all revisions that they need, produce on an
    /// empty database.
    ///
    /// # Errors
    ///
    /// Returns [`Error::NotMade`] if a script fails on an empty database. Returns another error if
    /// the hook that prepares connections fails.
    #[doc(hidden)]
    pub fn schema_at(&self, revisions: impl IntoIterator<Item = Index>) -> Result<Schema, Error> {
        self.runner().schema_at(revisions)
    }

    /// Returns the differences between the schema of a database and the schema that the scripts
    /// produce for its version rows.
    ///
    /// The order of columns is ignored.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot be read, or is ahead, diverged or unversioned.
    /// Returns [`Error::NotMade`] if a script fails on an empty database, so that no comparison is
    /// possible.
    pub fn drift(&self, connection: &Connection) -> Result<Vec<SchemaDifference>, Error> {
        self.runner().drift(connection)
    }

    /// Works like [`Migrator::drift`], but compares only the tables and views that the filter
    /// accepts. The filter receives names as they are spelled in the schema.
    ///
    /// # Errors
    ///
    /// Returns the errors of [`Migrator::drift`].
    pub fn drift_among(
        &self,
        connection: &Connection,
        is_taken: impl Fn(&str) -> bool,
    ) -> Result<Vec<SchemaDifference>, Error> {
        self.runner().drift_among(connection, is_taken)
    }
}

impl Runner<'_> {
    pub(crate) fn schema(&self, connection: &Connection) -> Result<Schema, Error> {
        self.reading(connection, || {
            let mut reader = self.reader();
            reader
                .read(connection, &Touched::Everything)
                .map_err(|source| self.error("reading the schema", source))?;
            Ok(reader.schema().without_neighbours(&Schema::default()))
        })
    }

    pub(crate) fn schema_at(&self, revisions: impl IntoIterator<Item = Index>) -> Result<Schema, Error> {
        let mut replay = Replay::open(self)?;
        for revision in self.chain.graph().ancestors(revisions).iter() {
            replay.upgrade(revision)?;
        }
        replay.read()?;
        Ok(replay.schema().without_neighbours(&Schema::default()))
    }

    pub(crate) fn drift(&self, connection: &Connection) -> Result<Vec<SchemaDifference>, Error> {
        self.drift_among(connection, |_| true)
    }

    pub(crate) fn drift_among(
        &self,
        connection: &Connection,
        is_taken: impl Fn(&str) -> bool,
    ) -> Result<Vec<SchemaDifference>, Error> {
        let graph = self.chain.graph();
        let position = self.position(Some(connection), &graph)?;
        self.differences_at(&position, self.schema(connection)?, is_taken)
    }

    /// Compares a schema with the schema that the scripts produce at a position. The order of
    /// columns is ignored.
    pub(crate) fn differences_at(
        &self,
        position: &Position,
        mut found: Schema,
        is_taken: impl Fn(&str) -> bool,
    ) -> Result<Vec<SchemaDifference>, Error> {
        found.retain_tables(&is_taken);
        if self.is_known_to_be_at(&found, position) {
            return Ok(Vec::new());
        }
        let mut made = self.schema_at(position.rows())?;
        made.retain_tables(&is_taken);
        let mut differing = differences(&Changes::between(&made, &found));
        differing.retain(|difference| !matches!(difference, Difference::ColumnOrder { .. }));
        Ok(differing.into_iter().map(SchemaDifference::from).collect())
    }

    pub(crate) fn resemblance(&self, connection: &Connection, graph: &Graph) -> Result<Resemblance, Error> {
        Resemblance::find(self, graph, &self.schema(connection)?)
    }

    /// Returns a schema reader that ignores the tables of Aludel and other tools.
    pub(crate) fn reader(&self) -> Reader {
        let own = [&*self.chain.version_table, &*history_table(&self.chain.version_table)];
        let ignored = self.ignored.iter().map(String::as_str);
        Reader::ignoring(own.into_iter().chain(OF_MIGRATION_TOOLS).chain(ignored))
    }

    /// Returns `true` if the fingerprint from the proof matches the schema, so that no script needs
    /// to run.
    ///
    /// A fingerprint exists only if all preceding scripts in canonical order are applied.
    fn is_known_to_be_at(&self, found: &Schema, position: &Position) -> bool {
        let last = position.applied().iter().next_back();
        last.is_some_and(|last| {
            position.applied().len() == last + 1
                && found.has_fingerprint(&self.chain.script(last).fingerprint)
        })
    }
}
