//! The ledger: an append-only history of a database, one row per step.
//!
//! The ledger is only evidence. The version table alone defines the position of a database. A
//! revision without a row is valid, because Alembic may have applied it.
//!
//! Readers tolerate missing columns, and the next run adds them in its transaction. A damaged
//! ledger does not stop a run: the readable part is used, and if the ledger cannot be written, the
//! run reports this and continues.

mod damage;
mod entries;
mod entry;

use std::time::Duration;

use aludel_core::plan::Direction;
#[cfg(feature = "postgres")]
use aludel_core::script::Dialect;
pub(crate) use damage::Damage;
pub(crate) use entries::Entries;
pub(crate) use entry::OutsideProgress;
pub use entry::{LedgerAction, LedgerEntry};

/// The maximum number of rows to read, newest first.
pub(crate) const MOST_ROWS: usize = 100_000;

/// The direction of a row whose script replaces the recorded one, without running.
pub(crate) const REPAIR: &str = "repair";

/// The directions of a row that is written before a script runs outside a transaction. A second row
/// records the end of the script. If that row is missing, the script failed or was interrupted.
pub(crate) const STARTED: [&str; 2] = ["upgrade-started", "downgrade-started"];

/// The version of Aludel that writes the row.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A row as it is stored: one step. [`LedgerEntry`] is the public form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The revision.
    pub(crate) revision: String,
    /// `upgrade`, `downgrade`, `stamp`, `repair` if the current script replaces the recorded one
    /// without running, or one of [`STARTED`].
    pub(crate) direction: String,
    /// The down revisions, separated by commas.
    pub(crate) revises: String,
    /// The dependencies, separated by commas.
    pub(crate) depends_on: String,
    /// The one-line description of the script.
    pub(crate) message: String,
    /// The checksum of the script, or `None` if a stamp removed the revision.
    pub(crate) checksum: Option<String>,
    /// The state of the database after the step.
    pub(crate) state: String,
    /// The time in UTC, set by the database.
    pub(crate) applied_at: String,
    /// The time that the script took.
    pub(crate) elapsed: Duration,
    /// The version of Aludel that wrote the row.
    pub(crate) version: String,
    /// The upgrade section at that time.
    pub(crate) upgrade_sql: Option<String>,
    /// The downgrade section at that time.
    pub(crate) downgrade_sql: Option<String>,
    /// `true` if the script ran without the proof at the user's request.
    pub(crate) unproved: bool,
    /// The branch labels in the header of the script, separated by commas. Dependencies may be
    /// written as labels, and the checksum covers them as written.
    pub(crate) branch_labels: Option<String>,
    /// The data that the upgrade loses, as declared in the header, separated by commas.
    pub(crate) loses: Option<String>,
    /// The lints that the header allows, separated by commas.
    pub(crate) allow: Option<String>,
}

impl Entry {
    /// Returns the direction of a step if the row only records that it began, or `None` otherwise.
    pub(crate) fn started(&self) -> Option<Direction> {
        let started = STARTED.iter().position(|word| *word == self.direction)?;
        [Direction::Upgrade, Direction::Downgrade].get(started).copied()
    }

    /// Returns the statement of a script outside a transaction that the row records as begun.
    #[cfg(feature = "postgres")]
    pub(crate) fn started_statement(&self) -> Option<String> {
        let sql = match self.started()? {
            Direction::Upgrade => self.upgrade_sql.as_ref()?,
            Direction::Downgrade => self.downgrade_sql.as_ref()?,
        };
        let first = Dialect::Postgresql.statements(sql).into_iter().next()?;
        sql.get(first).map(str::to_owned)
    }
}

/// A row with its number.
#[derive(Debug, Clone)]
pub(crate) struct Numbered {
    pub(crate) id: i64,
    pub(crate) entry: Entry,
    /// `false` if a value that determines what runs has a type or length that Aludel never writes.
    pub(crate) is_readable: bool,
}

/// Returns the values of a comma-separated list.
pub(crate) fn list(values: &str) -> impl Iterator<Item = &str> {
    values.split(',').map(str::trim).filter(|value| !value.is_empty())
}

/// Returns the rows that `others` lacks.
pub(crate) fn lacking<'a>(rows: &'a [String], others: &'a [String]) -> impl Iterator<Item = &'a String> {
    rows.iter().filter(|row| !others.contains(row))
}
