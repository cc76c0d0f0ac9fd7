//! What a migrator says of schemas: that of a database, and those that scripts make. Nothing here writes.

use aludel_core::chain::history_table;
use aludel_core::graph::{Graph, Index};
use aludel_core::plan::Position;
use aludel_core::schema::sqlite::{Reader, Touched};
use aludel_core::schema::{Changes, Difference, OF_MIGRATION_TOOLS, Schema, differences};
use rusqlite::Connection;

use super::Runner;
use crate::Error;
use crate::replay::Replay;
use crate::resemblance::Resemblance;

impl Runner<'_> {
    /// The schema of a database, without what Aludel and other tools keep in it for themselves, and without what is ignored by setting.
    ///
    /// # Errors
    ///
    /// Where the database cannot be read.
    pub fn schema(&self, connection: &Connection) -> Result<Schema, Error> {
        self.reading(connection, || {
            let mut reader = self.reader();
            reader
                .read(connection, &Touched::Everything)
                .map_err(|source| self.error("reading the schema", source))?;
            Ok(reader.schema().without_neighbours(&Schema::default()))
        })
    }

    /// The schema that the scripts of revisions, and of all that they need, make on an empty database.
    ///
    /// # Errors
    ///
    /// [`Error::NotMade`] where a script does not run there; where the hook that prepares connections fails.
    pub fn schema_at(&self, revisions: impl IntoIterator<Item = Index>) -> Result<Schema, Error> {
        let mut replay = Replay::open(self)?;
        for revision in self.chain.graph().ancestors(revisions).iter() {
            replay.upgrade(revision)?;
        }
        replay.read()?;
        Ok(replay.schema().without_neighbours(&Schema::default()))
    }

    /// In what the schema of a database differs from the one that the scripts make of the revisions that it is stamped with, in words. The
    /// order of columns does not count where the chain leaves it open.
    ///
    /// # Errors
    ///
    /// Where the database cannot be read, is ahead, diverged or unversioned; [`Error::NotMade`] where a script does not run on an empty
    /// database, so that nothing can be compared.
    pub fn drift(&self, connection: &Connection) -> Result<Vec<String>, Error> {
        self.drift_among(connection, |_| true)
    }

    /// [`Runner::drift`] among those tables and views that are taken, by their names as the schema has them.
    ///
    /// # Errors
    ///
    /// As [`Runner::drift`].
    pub fn drift_among(
        &self,
        connection: &Connection,
        is_taken: impl Fn(&str) -> bool,
    ) -> Result<Vec<String>, Error> {
        let graph = self.chain.graph();
        let position = self.position(Some(connection), &graph)?;
        let mut found = self.schema(connection)?;
        found.retain_tables(&is_taken);
        if self.is_known_to_be_at(&found, &position) {
            return Ok(Vec::new());
        }
        let mut made = self.schema_at(position.rows())?;
        made.retain_tables(&is_taken);
        let mut differing = differences(&Changes::between(&made, &found));
        differing.retain(|difference| !matches!(difference, Difference::ColumnOrder { .. }));
        Ok(differing.iter().map(Difference::of_a_database).collect())
    }

    pub(crate) fn resemblance(&self, connection: &Connection, graph: &Graph) -> Result<Resemblance, Error> {
        Resemblance::find(self, graph, &self.schema(connection)?)
    }

    /// What reads schemas: it passes over what Aludel and other tools keep for themselves.
    pub(crate) fn reader(&self) -> Reader {
        let own = [&*self.chain.version_table, &*history_table(&self.chain.version_table)];
        let ignored = self.ignored.iter().map(String::as_str);
        Reader::ignoring(own.into_iter().chain(OF_MIGRATION_TOOLS).chain(ignored))
    }

    /// Whether the proof's fingerprint says so: then no script needs to run. There is one where all that comes before, in canonical order,
    /// is applied.
    fn is_known_to_be_at(&self, found: &Schema, position: &Position) -> bool {
        let last = position.applied().iter().next_back();
        last.is_some_and(|last| {
            position.applied().len() == last + 1
                && found.has_fingerprint(&self.chain.script(last).fingerprint)
        })
    }
}
