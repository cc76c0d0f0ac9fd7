//! Runs that bring a database to exactly one place, which is given by its version rows.

use std::sync::Arc;

use aludel_core::chain::history_table;
use aludel_core::graph::Index;
use aludel_core::plan;
use aludel_core::targets::Downgrade;
use rusqlite::{Connection, ErrorCode};

use super::Runner;
use crate::plans::{exactly, is_state_of};
use crate::sqlite::at::Arrived;
use crate::sqlite::guard::Waiting;
use crate::sqlite::opener::File;
use crate::sqlite::own_table;
use crate::{Error, Report};

/// The number of Aludel's own tables.
const TABLES: usize = 2;

/// The version rows of a place, sorted.
type Revisions = &'static [&'static str];

impl Runner<'_> {
    /// Upgrades a database to a place.
    pub(super) fn upgrade_exactly(
        &self,
        mut connection: Connection,
        place: Revisions,
    ) -> Result<Arrived, Error> {
        let waiting = self.prepare_connection(&mut connection)?;
        if self.is_there(&connection, place)? {
            return self.arrived((connection, waiting), Report::stayed(place));
        }
        let report = self.executor().run(&mut connection, &|graph, position| {
            let targets: Vec<Index> = place.iter().filter_map(|id| graph.find(id)).collect();
            exactly(place, graph, position, plan::upgrade(graph, position, &targets))
        })?;
        self.arrived((connection, waiting), report)
    }

    /// Downgrades a database to a place.
    pub(super) fn downgrade_exactly(
        &self,
        mut connection: Connection,
        place: Revisions,
    ) -> Result<Arrived, Error> {
        let waiting = self.prepare_connection(&mut connection)?;
        let report = self.executor().run(&mut connection, &|graph, position| {
            let to = place.first().and_then(|id| graph.find(id));
            let plan = plan::downgrade(graph, position, Downgrade { to, branch: None })?;
            exactly(place, graph, position, plan)
        })?;
        self.arrived((connection, waiting), report)
    }

    /// Verifies that a database is already at a place.
    pub(super) fn find_exactly(
        &self,
        mut connection: Connection,
        place: Revisions,
    ) -> Result<Arrived, Error> {
        let waiting = self.prepare_connection(&mut connection)?;
        if !self.is_there(&connection, place)? {
            let graph = self.chain.graph();
            let mut found = graph.ids(self.position_of(&connection, &graph)?.rows());
            found.sort();
            if found != place {
                return Err(Error::NotAt { expected: owned(place), found });
            }
        }
        self.arrived((connection, waiting), Report::stayed(place))
    }

    /// Returns `true` if the version rows and the state match the place.
    ///
    /// Runs one statement. Its first rows are the definitions of the two tables; SQLite does not
    /// read the tables until the next row is requested. Returns `false` in any unusual case. The
    /// full check then handles it.
    fn is_there(&self, connection: &Connection, place: Revisions) -> Result<bool, Error> {
        let chain = self.chain;
        let history = history_table(&chain.version_table);
        let failed = |source| self.error("reading the version rows", source);
        let sql = format!(
            "SELECT * FROM (SELECT sql, NULL FROM main.sqlite_schema \
             WHERE name COLLATE NOCASE IN (?1, ?2) AND type <> 'trigger' LIMIT {TABLES}) \
             UNION ALL \
             SELECT version_num, (SELECT state FROM main.\"{history}\" ORDER BY id DESC LIMIT 1) \
             FROM main.\"{}\" LIMIT {}",
            chain.version_table,
            TABLES + place.len() + 1
        );
        let read = || -> rusqlite::Result<Vec<(String, Option<String>)>> {
            let mut statement = connection.prepare(&sql)?;
            let mut rows = statement.query([&*chain.version_table, &history])?;
            for _ in 0..TABLES {
                let Some(row) = rows.next()? else { return Ok(Vec::new()) };
                if !own_table::is_plain(&row.get::<_, String>(0)?) {
                    return Ok(Vec::new());
                }
            }
            rows.mapped(|row| Ok((row.get(0)?, row.get(1)?))).collect()
        };
        let mut rows = match read() {
            Ok(rows) => rows,
            // A column is missing, or a value has an unexpected type.
            Err(error) if error.sqlite_error_code().is_none_or(|code| code == ErrorCode::Unknown) => {
                return Ok(false);
            }
            Err(source) => return Err(failed(source)),
        };
        rows.sort();
        if !rows.iter().map(|(revision, _)| revision.as_str()).eq(place.iter().copied()) {
            return Ok(false);
        }
        let found = rows.first().and_then(|(_, state)| state.as_deref());
        Ok(found.is_some_and(|state| is_state_of(chain, place, state)))
    }

    fn arrived(
        &self,
        (mut connection, waiting): (Connection, Waiting),
        report: Report,
    ) -> Result<Arrived, Error> {
        waiting.end(&mut connection).map_err(|source| self.error("ending the run", source))?;
        let file = Arc::new(File::of(&connection, self.prepare.clone(), self.chain.clone()));
        Ok(Arrived { connection, report, file })
    }
}

fn owned(revisions: Revisions) -> Vec<String> {
    revisions.iter().map(ToString::to_string).collect()
}
