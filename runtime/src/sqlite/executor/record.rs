//! Writes the version rows and the ledger in the run's transaction, and reads them back before the
//! commit.

use aludel_core::chain::history_table;
use aludel_core::plan::Position;
use rusqlite::Transaction;

use super::Executor;
use crate::ledger::{Damage, Entry, lacking};
use crate::sqlite::ledger;
use crate::sqlite::own_table::Unusable;
use crate::sqlite::version_table;
use crate::{Error, Report};

/// The actions as named in error messages.
const MAKING: &str = "creating the version table and the ledger";
const WRITING: &str = "writing the version rows and the ledger";

impl Executor<'_> {
    /// Creates the version table and the ledger if they are missing.
    ///
    /// Returns the damage of a ledger that cannot be written.
    ///
    /// # Errors
    ///
    /// Returns an error if the version table cannot be written.
    pub(super) fn make_tables(&self, transaction: &Transaction<'_>) -> Result<Option<Damage>, Error> {
        let version_table = &*self.runner.chain.version_table;
        version_table::ensure(transaction, version_table)
            .map_err(|unusable| self.unusable(version_table, MAKING, unusable))?;
        let history = history_table(version_table);
        ledger::ensure(transaction, &history).map_err(|unusable| self.unusable(&history, MAKING, unusable))
    }

    /// Replaces the version rows `before`, and appends to the ledger unless it is damaged.
    pub(super) fn record(
        &self,
        transaction: &Transaction<'_>,
        (before, after): (&[String], &Position),
        (damage, entries): (Option<Damage>, &[Entry]),
    ) -> Result<Report, Error> {
        let version_table = &*self.runner.chain.version_table;
        let report = Report::at(&self.graph, after);
        version_table::change(transaction, version_table, before, &report.current)
            .map_err(|source| self.unusable(version_table, WRITING, source.into()))?;
        self.read_back(transaction, &report.current)?;
        let history = history_table(version_table);
        let damage = match damage {
            Some(damage) => Some(damage),
            None => ledger::append(transaction, &history, entries)
                .map_err(|unusable| self.unusable(&history, WRITING, unusable))?,
        };
        let (_, implied) = Position::reduce(&self.graph, before);
        let warnings =
            damage.map(|damage| format!("the ledger `{history}` {damage}; this run is not recorded in it"));
        Ok(Report {
            implied_rows: lacking(&implied, &report.current).cloned().collect(),
            warnings: warnings.into_iter().collect(),
            ..report
        })
    }

    /// Returns an error unless the version table contains exactly the rows that the run wrote.
    fn read_back(&self, transaction: &Transaction<'_>, expected: &[String]) -> Result<(), Error> {
        let version_table = &*self.runner.chain.version_table;
        let found = match version_table::read(transaction, version_table) {
            Ok(found) => found.map(|found| found.rows).unwrap_or_default(),
            Err(Unusable::Defect(defect)) => {
                return Err(self.not_recorded(expected, format!("a table that {defect}")));
            }
            Err(unusable) => return Err(self.unusable(version_table, WRITING, unusable)),
        };
        if found == expected {
            return Ok(());
        }
        let found = if found.is_empty() { "no rows".to_owned() } else { format!("`{}`", found.join("`, `")) };
        Err(self.not_recorded(expected, found))
    }

    fn not_recorded(&self, expected: &[String], found: String) -> Error {
        let (table, expected) = (self.runner.chain.version_table.to_string(), expected.to_vec());
        Error::NotRecorded { table, expected, found }
    }

    fn unusable(&self, table: &str, doing: &'static str, unusable: Unusable) -> Error {
        Error::of_own_table(table, unusable, |source| self.runner.error(doing, source)).rolled_back()
    }
}
