//! Writes the version table and the ledger without running scripts: creates the version table,
//! replaces its rows, records edited scripts, and records the contents of an image. Plain stamps
//! are elsewhere.

use aludel_core::graph::{Graph, Index};
use aludel_core::plan::{Position, Stamp};
#[cfg(feature = "scratch")]
use aludel_core::{frozen::Checksums, plan};
use rusqlite::Connection;

use super::Executor;
use crate::records::Records as _;
use crate::sqlite::version_table;
use crate::squash::applied;
use crate::status::{Differing, RunStart, differing};
use crate::{Error, Report};

/// Plans a stamp for a database, or finds that there is nothing to record.
pub(crate) type Find<'f, T> = dyn Fn(&Connection) -> Result<Option<(T, Stamp)>, Error> + 'f;

/// Chooses the edited scripts whose current text will be recorded.
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

    /// Deletes every version row, and then records a stamp from base.
    ///
    /// Does not interpret the old rows, so it also repairs rows with revisions that the chain
    /// lacks.
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
            let entries = self.entries().anew(&rows, &stamp);
            let recorded = self.record(&transaction, (&[], &stamp.after), (ledger, &entries))?;
            self.commit(transaction)?;
            Ok(recorded)
        })
    }

    /// Records a stamp that is planned from base, under the lock. Returns `None` and writes nothing
    /// if `find` finds nothing to record.
    pub(crate) fn stamp_found<T>(
        &self,
        connection: &mut Connection,
        find: &Find<'_, T>,
    ) -> Result<Option<(T, Report)>, Error> {
        self.guarded(connection, |connection| {
            let transaction = self.begin(connection)?;
            let Some((found, stamp)) = find(&transaction)? else { return Ok(None) };
            let ledger = self.make_tables(&transaction)?;
            let entries = self.entries().stamps(&RunStart::default(), &stamp);
            let recorded = self.record(&transaction, (&[], &stamp.after), (ledger, &entries))?;
            self.commit(transaction)?;
            Ok(Some((found, recorded)))
        })
    }

    /// Records the current text of applied scripts in place of the recorded one, without running a
    /// script. `choose` is called under the lock, with the scripts that differ.
    pub(crate) fn repair(&self, connection: &mut Connection, choose: &Choose<'_>) -> Result<Report, Error> {
        let runner = self.runner;
        self.guarded(connection, |connection| {
            let transaction = self.begin(connection)?;
            let records = runner.records(&transaction);
            let rows = records.version_rows()?.unwrap_or_default();
            let position = applied::position(runner.chain, &self.graph, &rows)
                .or_else(|situation| situation.start(Vec::new).map(|start| start.position))?;
            let differing =
                differing(&records, runner.chain, &self.graph, |index| position.is_applied(index))?;
            let chosen = choose(&differing)?;
            if chosen.is_empty() {
                return Ok(Report::at(&self.graph, &position));
            }
            let ledger = self.make_tables(&transaction)?;
            let instead = applied::instead(&records, runner.chain)?;
            let start = RunStart { position, rows, reworded: chosen, instead };
            let entries = self.entries().repairs(&start);
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
        let entries: Vec<_> = plan.steps.iter().map(|step| self.entries().step(step, &mut state)).collect();
        let recorded = self.record(&transaction, (&[], &plan.after), (ledger, &entries))?;
        self.commit(transaction)?;
        Ok(recorded)
    }
}
