//! Finds a session that still runs a statement outside a transaction.
//!
//! If a program is killed, the server does not notice it until the statement ends. A repeated
//! `CREATE INDEX CONCURRENTLY` would then deadlock with the first one, and destroy its work.

use aludel_core::script::postgres::{OutsideStatement, same_statements};

use super::super::lock::Backoff;
use super::super::session::{Session, is_true};
use super::effect::qualified;
use crate::Error;
use crate::ledger::{Entry, OutsideProgress};

/// The action as named in error messages.
const READING: &str = "reading the sessions of the server";

/// The sessions of this database that run a statement: the process, the statement, whether the
/// server may have cut it off, whether the session may work on the relation `$1`, and whether it
/// seems to build an invalid index with the name `$2` of that table.
///
/// A session works on the relation that it locks. A `DETACH PARTITION … CONCURRENTLY` that waits
/// for other transactions has committed its first transaction, and locks no relation. The last
/// column is only of interest if the statement is hidden, because it belongs to another role or the
/// server does not track statements.
const SESSIONS: &str = "SELECT a.pid, coalesce(a.query, ''), \
        octet_length(a.query) + 4 >= (SELECT s.setting::int FROM pg_catalog.pg_settings s WHERE s.name = 'track_activity_query_size'), \
        $1 = '' OR coalesce((SELECT bool_or(l.relation = to_regclass(nullif($1, ''))) FROM pg_catalog.pg_locks l \
            WHERE l.pid = a.pid AND l.database = a.datid AND l.relation >= 16384), true), \
        (a.state = 'disabled' \
            OR a.state IS NULL AND EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.pid = a.pid)) \
        AND EXISTS (SELECT FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_index i ON i.indrelid = l.relation \
            JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
            WHERE l.pid = a.pid AND l.database = a.datid AND l.granted AND l.mode = 'ShareUpdateExclusiveLock' \
            AND NOT i.indisvalid AND i.indrelid = to_regclass(nullif($1, '')) AND ($2 = '' OR c.relname = $2::name)) \
    FROM pg_catalog.pg_stat_activity a \
    WHERE a.datname = current_database() AND a.pid <> pg_backend_pid() AND a.usesysid IS NOT NULL \
        AND a.leader_pid IS NULL AND coalesce(a.state, 'active') IN ('active', 'disabled') ORDER BY a.pid";

impl Session<'_> {
    /// Returns the server process of another session that still runs a statement. The same text may
    /// be about a relation of a different schema, so the session must also lock the relation.
    fn process_running(&self, statement: &str) -> Result<Option<i32>, Error> {
        let (relation, name) = match OutsideStatement::parse(statement) {
            Some(OutsideStatement::CreateIndex { name, table }) => {
                (qualified(&table), name.unwrap_or_default())
            }
            Some(OutsideStatement::DropIndex { index }) => (qualified(&index), String::new()),
            Some(OutsideStatement::DetachPartition { table, .. }) => (qualified(&table), String::new()),
            _ => <(String, String)>::default(),
        };
        let rows = self.query(READING, SESSIONS, &[&relation, &name])?;
        let is_same = |query: &str, is_cut: bool| {
            same_statements(query, statement)
                || is_cut && statement.trim_start().starts_with(query.trim_start())
        };
        let running = rows.iter().find(|row| {
            let [is_cut, is_locking, is_building] =
                [2, 3, 4].map(|column| row.get::<_, Option<bool>>(column).unwrap_or_default());
            is_building || is_locking && is_same(row.get(1), is_cut)
        });
        Ok(running.map(|row| row.get(0)))
    }

    /// Waits until no other session runs the statement. Call this outside a transaction, because
    /// the statement may wait for the end of every transaction.
    ///
    /// # Errors
    ///
    /// Returns an error if the statement still runs after the lock timeout.
    pub(super) fn wait_until_ended(&self, revision: &str, statement: &str) -> Result<(), Error> {
        let mut backoff = Backoff::new(self.runner);
        while let Some(process) = self.process_running(statement)? {
            backoff.pause().map_err(|error| match error {
                Error::Locked { waited } => {
                    Error::StillRunning { revision: revision.to_owned(), process, waited }
                }
                error => error,
            })?;
        }
        Ok(())
    }

    /// Determines how far a script outside a transaction has got. `start` is the ledger row of its
    /// start, and no later row records its end.
    ///
    /// If `is_newest` is `true`, it is the newest row of the ledger, so a run that holds the lock
    /// is the one that wrote it.
    pub(in crate::postgres) fn progress_of(
        &self,
        start: &Entry,
        is_newest: bool,
    ) -> Result<OutsideProgress, Error> {
        self.execute(READING, "SAVEPOINT aludel_progress")?;
        let progress = self.read_progress(start, is_newest);
        if progress.is_err() {
            // A role may lack the right to look into the schema.
            self.execute(READING, "ROLLBACK TO SAVEPOINT aludel_progress")?;
        }
        Ok(progress.unwrap_or(OutsideProgress::Unknown))
    }

    fn read_progress(&self, start: &Entry, is_newest: bool) -> Result<OutsideProgress, Error> {
        let statement = start.started_statement();
        let process = statement.map(|statement| self.process_running(&statement)).transpose()?.flatten();
        if process.is_some() {
            return Ok(OutsideProgress::Running { process });
        }
        let is_locked = format!(
            "SELECT EXISTS (SELECT FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_database d ON d.oid = l.database \
             WHERE d.datname = current_database() AND l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
             AND (l.classid::bigint << 32 | l.objid::bigint) = {})",
            self.tables.lock_key()
        );
        let rows = self.rows(READING, &is_locked)?;
        Ok(if is_newest && is_true(rows.first(), 0) {
            OutsideProgress::Running { process: None }
        } else {
            OutsideProgress::Ended
        })
    }
}
