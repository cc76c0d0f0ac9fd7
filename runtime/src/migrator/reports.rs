//! What a migrator says of a database. Nothing here writes.

use std::time::Instant;

use aludel_core::chain::history_table;
use aludel_core::plan;
use rusqlite::{Connection, ErrorCode};

use super::Runner;
use crate::resemblance::Resemblance;
use crate::status::Situation;
use crate::{Entry, Error, HistoryEntry, Status, guard, ledger, version_table};

impl Runner<'_> {
    /// Says where a database is; nothing stands for a file that is not there. Writes nothing.
    ///
    /// # Errors
    ///
    /// Where the database cannot be read.
    pub fn status(&self, connection: Option<&Connection>) -> Result<Status, Error> {
        let graph = self.chain.graph();
        let situation = match connection {
            None => Situation::Known { position: plan::Position::default(), fresh: true },
            Some(connection) => self.reading(connection, || self.situation(connection, &graph))?,
        };
        if let (Situation::Unversioned(_), Some(connection)) = (&situation, connection) {
            let Resemblance { matches, nearest } = self.resemblance(connection, &graph)?;
            return Ok(Status::Unversioned { matches, nearest });
        }
        Ok(situation.status(self.chain, &graph))
    }

    /// The version rows of a database, sorted; none at base. Writes nothing.
    ///
    /// # Errors
    ///
    /// Where the database cannot be read.
    pub fn current(&self, connection: &Connection) -> Result<Vec<String>, Error> {
        self.reading(connection, || match version_table::rows(connection, &self.chain.version_table) {
            Ok(rows) => Ok(rows),
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::Unknown)
                    && self.is_unversioned(connection)? =>
            {
                Ok(Vec::new())
            }
            Err(source) => Err(self.error("reading the version rows", source)),
        })
    }

    /// The revisions of the chain, the newest first, and which of them a database has. Writes nothing.
    ///
    /// # Errors
    ///
    /// Where the database cannot be read; revisions that the chain lacks are no error here.
    pub fn history(&self, connection: Option<&Connection>) -> Result<Vec<HistoryEntry>, Error> {
        let graph = self.chain.graph();
        let rows = connection.map_or_else(|| Ok(Vec::new()), |connection| self.current(connection))?;
        let known: Vec<_> = rows.iter().filter_map(|row| graph.find(row)).collect();
        let position = plan::Position::new(&graph, known.iter().copied());
        let entry = |index| {
            let (node, script) = (graph.node(index), self.chain.script(index));
            HistoryEntry {
                revision: script.id.to_string(),
                down_revisions: graph.ids(node.down.iter().copied()),
                depends_on: graph.ids(node.depends_on.iter().copied()),
                branch_labels: node.labels.iter().map(ToString::to_string).collect(),
                message: script.message.to_string(),
                is_head: node.children.is_empty(),
                is_applied: position.is_applied(index),
                is_current: known.contains(&index),
            }
        };
        Ok(graph.indexes().rev().map(entry).collect())
    }

    /// The ledger of a database, the oldest row first; empty where there is none. Writes nothing.
    ///
    /// # Errors
    ///
    /// Where the database cannot be read.
    pub fn log(&self, connection: &Connection) -> Result<Vec<Entry>, Error> {
        self.reading(connection, || {
            ledger::entries(connection, &history_table(&self.chain.version_table))
                .map_err(|source| self.error("reading the ledger", source))
        })
    }

    /// What an upgrade to a target would run, as revision ids in order. Writes nothing.
    ///
    /// # Errors
    ///
    /// As [`Runner::upgrade`], but for the run itself.
    pub fn plan(&self, connection: Option<&Connection>, target: &str) -> Result<Vec<String>, Error> {
        let steps = self.plan_upgrade(connection, target)?.steps;
        Ok(self.chain.ids(steps.iter().map(|step| step.revision)))
    }

    /// Says whether a database is at the head, with nothing edited and nothing unknown. Writes nothing.
    ///
    /// # Errors
    ///
    /// Where the database cannot be read, is ahead, diverged or unversioned.
    pub fn check(&self, connection: &Connection) -> Result<bool, Error> {
        let graph = self.chain.graph();
        let position = self.position(Some(connection), &graph)?;
        let heads: Vec<_> = graph.real_heads().collect();
        Ok(plan::upgrade(&graph, &position, &heads).steps.is_empty())
    }

    /// Waits no longer than the limit, or than until the interrupt, for a process that lets nobody read. A connection that is only lent takes
    /// no busy handler, so it waits in short turns.
    pub(super) fn reading<T>(
        &self,
        connection: &Connection,
        read: impl Fn() -> Result<T, Error>,
    ) -> Result<T, Error> {
        let wait = |limit| {
            connection
                .busy_timeout(limit)
                .map_err(|source| self.error("preparing to wait for the lock", source))
        };
        wait(guard::LONGEST_PAUSE.min(self.lock_timeout))?;
        let began = Instant::now();
        let value = loop {
            match read() {
                Err(Error::Locked { .. }) if began.elapsed() < self.lock_timeout => {}
                value => break value,
            }
        };
        wait(guard::USUAL_TIMEOUT)?;
        value
    }

    fn is_unversioned(&self, connection: &Connection) -> Result<bool, Error> {
        let sql = "SELECT NOT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE name = ?1 COLLATE NOCASE)";
        connection
            .query_row(sql, [&*self.chain.version_table], |row| row.get(0))
            .map_err(|source| self.error("reading the schema", source))
    }
}
