//! Reports about a database. Nothing here writes.

use std::time::Instant;

use aludel_core::chain::history_table;
use aludel_core::plan;
use rusqlite::Connection;

use super::{Migrator, Runner};
use crate::ledger::OutsideProgress;
use crate::report::{implied_rows, revision_statuses};
use crate::sqlite::resemblance::Resemblance;
use crate::sqlite::version_table::Rows;
use crate::sqlite::{guard, ledger, version_table};
use crate::status::{RunStart, Situation};
use crate::unversioned::Unversioned;
use crate::{Error, LedgerEntry, RevisionStatus, Status};

impl<C> Migrator<'_, C> {
    /// Returns the status of a database. `None` stands for a file that does not exist. Writes
    /// nothing.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot be read.
    pub fn status(&self, connection: Option<&Connection>) -> Result<Status, Error> {
        self.runner().status(connection)
    }

    /// Returns the version rows of a database, sorted. Writes nothing.
    ///
    /// The result is empty at base. Omits rows that another row implies.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot be read.
    pub fn current(&self, connection: &Connection) -> Result<Vec<String>, Error> {
        self.runner().current(connection)
    }

    /// Returns warnings about Aludel's own tables. Writes nothing.
    ///
    /// Warnings are problems that do not stop a run: version rows that another row implies, a
    /// version table without a primary key, or a ledger that cannot be read.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot be read.
    pub fn warnings(&self, connection: &Connection) -> Result<Vec<String>, Error> {
        self.runner().warnings(connection)
    }

    /// Returns the revisions of the chain, newest first, and marks those that are applied to a
    /// database. Writes nothing.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot be read. Revisions that the chain lacks are not an
    /// error here.
    pub fn revisions(&self, connection: Option<&Connection>) -> Result<Vec<RevisionStatus>, Error> {
        self.runner().revisions(connection)
    }

    /// Returns the ledger of a database, oldest row first. The result is empty if there is no
    /// ledger. Writes nothing.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot be read.
    pub fn ledger(&self, connection: &Connection) -> Result<Vec<LedgerEntry>, Error> {
        self.runner().ledger(connection)
    }

    /// Returns `true` if a database is at the head. Writes nothing.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot be read, or is ahead, diverged or unversioned.
    pub fn check(&self, connection: &Connection) -> Result<bool, Error> {
        self.runner().check(connection)
    }
}

impl Runner<'_> {
    pub(crate) fn status(&self, connection: Option<&Connection>) -> Result<Status, Error> {
        let graph = self.chain.graph();
        let situation = match connection {
            None => Situation::Known { start: RunStart::default(), fresh: true },
            Some(connection) => self.reading(connection, || self.situation(connection, &graph))?,
        };
        match (situation, connection) {
            (Situation::Unversioned(Unversioned { tool, .. }), Some(connection)) => {
                let Resemblance { matches, nearest } = self.resemblance(connection, &graph)?;
                Ok(Status::Unversioned { matches, nearest, tool })
            }
            (situation, _) => Ok(situation.status(self.chain, &graph)),
        }
    }

    pub(crate) fn current(&self, connection: &Connection) -> Result<Vec<String>, Error> {
        let rows = self.rows(connection)?.map(|found| found.rows).unwrap_or_default();
        Ok(plan::Position::reduce(&self.chain.graph(), &rows).0)
    }

    pub(crate) fn warnings(&self, connection: &Connection) -> Result<Vec<String>, Error> {
        let (table, history) = (&*self.chain.version_table, history_table(&self.chain.version_table));
        let mut warnings = Vec::new();
        if let Some(Rows { rows, has_key }) = self.rows(connection)? {
            warnings.extend(implied_rows(&self.chain.graph(), &rows));
            if !has_key {
                warnings.push(format!(
                    "the version table `{table}` has no primary key; expected one on `version_num`, which prevents duplicate rows"
                ));
            }
        }
        let (damage, newest) = self.reading(connection, || {
            let read =
                || Ok((ledger::evidence(connection, &history)?, ledger::newest(connection, &history)?));
            read().map_err(|source| self.error("reading the ledger", source))
        })?;
        warnings.extend(damage.damage.map(|damage| format!("the ledger `{history}` {damage}")));
        warnings
            .extend(newest.and_then(|entry| LedgerEntry::from(entry).interruption(OutsideProgress::Unknown)));
        Ok(warnings)
    }

    fn rows(&self, connection: &Connection) -> Result<Option<Rows>, Error> {
        self.reading(connection, || {
            version_table::read(connection, &self.chain.version_table)
                .map_err(|error| self.version_table_error("reading the version rows", error))
        })
    }

    pub(crate) fn revisions(&self, connection: Option<&Connection>) -> Result<Vec<RevisionStatus>, Error> {
        let graph = self.chain.graph();
        let rows = connection.map_or_else(|| Ok(Vec::new()), |connection| self.current(connection))?;
        Ok(revision_statuses(self.chain, &graph, &rows))
    }

    pub(crate) fn ledger(&self, connection: &Connection) -> Result<Vec<LedgerEntry>, Error> {
        self.reading(connection, || {
            let entries = ledger::entries(connection, &history_table(&self.chain.version_table));
            entries
                .map(|entries| entries.into_iter().map(LedgerEntry::from).collect())
                .map_err(|source| self.error("reading the ledger", source))
        })
    }

    pub(crate) fn check(&self, connection: &Connection) -> Result<bool, Error> {
        let graph = self.chain.graph();
        let position = self.position(Some(connection), &graph)?;
        let heads: Vec<_> = graph.real_heads().collect();
        Ok(plan::upgrade(&graph, &position, &heads).steps.is_empty())
    }

    /// Reads with the lock timeout and the interrupt in effect, in case another process blocks
    /// readers.
    ///
    /// A busy handler cannot be set on a shared connection, so this waits in short intervals and
    /// restores the busy timeout afterwards.
    pub(super) fn reading<T>(
        &self,
        connection: &Connection,
        read: impl Fn() -> Result<T, Error>,
    ) -> Result<T, Error> {
        let failed = |source| self.error("preparing to wait for the lock", source);
        let found = guard::timeout(connection).map_err(failed)?;
        connection.busy_timeout(guard::LONGEST_PAUSE.min(self.lock_timeout)).map_err(failed)?;
        let began = Instant::now();
        let value = loop {
            match read() {
                Err(Error::Locked { .. }) if began.elapsed() < self.lock_timeout => {}
                value => break value,
            }
        };
        connection.busy_timeout(found).map_err(failed)?;
        value
    }
}
