//! Writes to the version table without changing the schema, other than a plain stamp: creates it,
//! replaces its rows, and records the contents of an image.

use std::collections::BTreeSet;

use aludel_core::frozen::Checksums;
use aludel_core::graph::{Graph, Index};
#[cfg(feature = "scratch")]
use aludel_core::plan;
use aludel_core::plan::{Position, Stamp};
use rusqlite::Connection;

use super::Executor;
use super::entries::without_script;
use crate::ledger::Entry;
use crate::squash::applied;
use crate::status::{Differing, RunStart, differing};
use crate::{Error, Report, version_table};

/// Plans a stamp for a database, or finds that there is nothing to record.
pub(crate) type Find<'f, T> = dyn Fn(&Connection) -> Result<Option<(T, Stamp)>, Error> + 'f;

/// Chooses the edited scripts whose present text is recorded.
pub(crate) type Choose<'c> = dyn Fn(&[Differing]) -> Result<Vec<Index>, Error> + 'c;

impl Executor<'_> {
    /// Creates the version table if it is missing, and returns `true` if it did.
    pub(crate) fn ensure_version(&self, connection: &mut Connection) -> Result<bool, Error> {
        let failed = |unusable| self.runner.version_table_error("creating the version table", unusable);
        let table = &*self.runner.chain.version_table;
        if version_table::exists(connection, table).map_err(failed)? {
            return Ok(false);
        }
        self.guarded(connection, |connection| {
            let transaction = self.begin(connection)?;
            let is_missing = !version_table::exists(&transaction, table).map_err(failed)?;
            version_table::ensure(&transaction, table).map_err(|unusable| failed(unusable).rolled_back())?;
            self.commit(transaction)?;
            Ok(is_missing)
        })
    }

    /// Deletes every version row, then records a stamp from base.
    ///
    /// Does not interpret the old rows, so it also repairs rows that the chain does not know.
    pub(crate) fn purge_and_stamp(
        &self,
        connection: &mut Connection,
        goal: &dyn Fn(&Graph, &Position) -> Result<Stamp, Error>,
    ) -> Result<Report, Error> {
        let failed = |unusable| {
            self.runner.version_table_error("writing the version rows and the ledger", unusable).rolled_back()
        };
        self.guarded(connection, |connection| {
            let transaction = self.begin(connection)?;
            let stamp = goal(&self.graph, &Position::default())?;
            let table = &*self.runner.chain.version_table;
            let ledger = self.make_tables(&transaction)?;
            let rows = version_table::readable(&transaction, table).map_err(failed)?;
            version_table::purge(&transaction, table).map_err(|source| failed(source.into()))?;
            let entries = self.entries_anew(&rows, &stamp);
            let recorded = self.record(&transaction, (&[], &stamp.after), (ledger, &entries))?;
            self.commit(transaction)?;
            Ok(recorded)
        })
    }

    /// Records a stamp that is planned under the lock, from base. Nothing is written if there is none.
    pub(crate) fn stamp_found<T>(
        &self,
        connection: &mut Connection,
        find: &Find<'_, T>,
    ) -> Result<Option<(T, Report)>, Error> {
        self.guarded(connection, |connection| {
            let transaction = self.begin(connection)?;
            let Some((found, stamp)) = find(&transaction)? else { return Ok(None) };
            let ledger = self.make_tables(&transaction)?;
            let entries = self.stamp_entries(&RunStart::default(), &stamp);
            let recorded = self.record(&transaction, (&[], &stamp.after), (ledger, &entries))?;
            self.commit(transaction)?;
            Ok(Some((found, recorded)))
        })
    }

    /// Records the present text of applied scripts in place of the recorded one, without running a
    /// script. `choose` gets the scripts that differ, under the lock.
    pub(crate) fn repair(&self, connection: &mut Connection, choose: &Choose<'_>) -> Result<Report, Error> {
        let runner = self.runner;
        self.guarded(connection, |connection| {
            let transaction = self.begin(connection)?;
            let failed = |source| runner.error("reading the version rows and the ledger", source);
            let table = &*runner.chain.version_table;
            let rows = version_table::read(&transaction, table)
                .map_err(|unusable| runner.version_table_error("reading the version rows", unusable))?
                .map(|found| found.rows)
                .unwrap_or_default();
            let position = applied::position(runner.chain, &self.graph, &rows)
                .or_else(|situation| situation.start(Vec::new).map(|start| start.position))?;
            let differing =
                differing(&transaction, runner.chain, &self.graph, |index| position.is_applied(index))
                    .map_err(failed)?;
            let chosen = choose(&differing)?;
            if chosen.is_empty() {
                return Ok(self.report(&position));
            }
            let ledger = self.make_tables(&transaction)?;
            let instead = applied::instead(&transaction, runner.chain).map_err(failed)?;
            let start = RunStart { position, rows, reworded: chosen, instead };
            let entries = self.repair_entries(&start);
            let recorded = self.record(&transaction, (&start.rows, &start.position), (ledger, &entries))?;
            self.commit(transaction)?;
            Ok(recorded)
        })
    }

    /// Records every script as applied, as a run would, for a database created from the chain's
    /// image.
    #[cfg(feature = "scratch")]
    pub(crate) fn record_all(&self, connection: &mut Connection) -> Result<Report, Error> {
        let transaction = self.begin(connection)?;
        let ledger = self.make_tables(&transaction)?;
        let (base, heads) = (Position::default(), self.graph.real_heads().collect::<Vec<_>>());
        let plan = plan::upgrade(&self.graph, &base, &heads);
        let mut state = self.runner.chain.running_state(base.applied(), &Checksums::new());
        let entries: Vec<Entry> = plan.steps.iter().map(|step| self.step_entry(step, &mut state)).collect();
        let recorded = self.record(&transaction, (&[], &plan.after), (ledger, &entries))?;
        self.commit(transaction)?;
        Ok(recorded)
    }

    /// Returns one ledger row for each revision that is no longer applied, including unknown ones,
    /// and for each that is applied now.
    fn entries_anew(&self, rows: &[String], stamp: &Stamp) -> Vec<Entry> {
        let graph = &self.graph;
        let known = rows.iter().filter_map(|row| graph.find_id(row));
        let before = Position::new(graph, known);
        let unknown: BTreeSet<&String> = rows.iter().filter(|row| graph.find(row).is_none()).collect();
        let after = stamp.after.applied();
        let state = self.runner.chain.state_of(after, &Checksums::new());
        let stamped = |entry: Entry| Entry { direction: "stamp".to_owned(), ..entry };
        let entry = |index| self.entry(index, state.clone());
        let forgotten = unknown.into_iter().map(|row| Entry {
            revision: row.clone(),
            state: state.clone(),
            ..Entry::default()
        });
        let ceased = before.applied().iter().rev().filter(|index| !after.contains(*index));
        let ceased = ceased.map(|index| without_script(entry(index)));
        forgotten.chain(ceased).chain(after.iter().map(entry)).map(stamped).collect()
    }
}
