//! The ledger: an append-only history of a database, one row per step. Only this module writes it.
//!
//! The ledger is evidence; the version table alone defines the position of a database. A revision
//! without a row is valid, because Alembic may have applied it.
//!
//! Readers tolerate missing columns, and the next run adds them in its transaction. A damaged
//! ledger stops nothing: the readable part is used, and a run that cannot write it reports this and
//! continues.

mod damage;
mod entry;
mod read;

use std::time::Duration;

use aludel_core::chain::{HISTORY_COLUMNS, append_to_history, create_history_table};
use aludel_core::script::sqlite::words_of;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Result, Row};

use crate::own_table::{self, OwnTableDefect, Shape, Unusable};
pub(crate) use damage::Damage;
pub use entry::{LedgerAction, LedgerEntry};
pub(crate) use read::{Numbered, columns, entries, evidence, list, newest, rows, steps};

const VALUES_OF_AN_ENTRY: usize = HISTORY_COLUMNS.len() - 1;

/// The direction of a row whose script replaces the recorded one, without running.
pub(crate) const REPAIR: &str = "repair";

/// The directions of a row that is written before a script runs outside a transaction. Its end is a
/// row of its own. Without that row, the script was interrupted.
pub(crate) const STARTED: [&str; 2] = ["upgrade-started", "downgrade-started"];

/// The version of Aludel that writes the row.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// A row as it is stored: one step. [`LedgerEntry`] is the public form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The revision.
    pub(crate) revision: String,
    /// `upgrade`, `downgrade`, `stamp`, `repair` if the present script replaces the recorded one
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
    /// The time in UTC, set by SQLite.
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
    /// Returns `true` if the row only records that a step began.
    pub(crate) fn is_start(&self) -> bool {
        STARTED.contains(&&*self.direction)
    }
}

/// Creates the table, or adds its missing columns.
///
/// Returns the damage of a table that cannot be written, which is left unchanged. Rejects a table
/// with triggers, because a write would run statements from elsewhere.
pub(crate) fn ensure(connection: &Connection, table: &str) -> Result<Option<Damage>, Unusable> {
    let known = match Shape::look(connection, table)?.stored() {
        Ok(columns) => columns.unwrap_or_default(),
        Err(defect) => return Ok(Some(Damage::Unreadable(defect))),
    };
    match own_table::obstacle(connection, table)? {
        Some(defect @ OwnTableDefect::Trigger { .. }) => return Err(defect.into()),
        Some(defect) => return Ok(Some(Damage::Unreadable(defect))),
        None => {}
    }
    let known: Vec<String> = known.into_iter().map(|column| column.name).collect();
    let statements = completion(table, &known);
    attempt(connection, || {
        statements.iter().try_for_each(|statement| connection.execute_batch(statement))?;
        Ok(None)
    })
}

/// Applies a change to the ledger completely, or not at all if SQLite rejects it because of the
/// table's definition. The run continues in both cases.
fn attempt(
    connection: &Connection,
    work: impl FnOnce() -> Result<Option<Damage>>,
) -> Result<Option<Damage>, Unusable> {
    connection.execute_batch("SAVEPOINT aludel_ledger")?;
    let damage = match work() {
        Ok(damage) => damage,
        Err(error) if is_of_the_table(&error) => Some(Damage::Refused(words_of(&error).0)),
        Err(error) => return Err(error.into()),
    };
    if damage.is_some() {
        connection.execute_batch("ROLLBACK TO aludel_ledger")?;
    }
    connection.execute_batch("RELEASE aludel_ledger")?;
    Ok(damage)
}

/// Returns `true` if SQLite rejects a statement because of the table's definition, and not because
/// of a failure of the file or disk.
fn is_of_the_table(error: &rusqlite::Error) -> bool {
    let of_the_table = [ErrorCode::Unknown, ErrorCode::ConstraintViolation, ErrorCode::TypeMismatch];
    error.sqlite_error_code().is_none_or(|code| of_the_table.contains(&code))
}

/// Returns the statements that create the table if it has no columns, or add its missing columns.
pub(crate) fn completion(table: &str, known: &[String]) -> Vec<String> {
    if known.is_empty() {
        return vec![create_history_table(table)];
    }
    let is_missing = |name: &str| !known.iter().any(|column| column.eq_ignore_ascii_case(name));
    let missing = HISTORY_COLUMNS.iter().filter(|(name, _)| is_missing(name));
    let add = |(name, declaration): &(&str, &str)| {
        format!(
            "ALTER TABLE main.\"{table}\" ADD COLUMN {name} {}",
            declaration.trim_end_matches(" NOT NULL")
        )
    };
    missing.map(add).collect()
}

/// Returns the SQL expression that tests if the table has every column.
pub(crate) fn is_whole(table: &str) -> String {
    let names: Vec<String> = HISTORY_COLUMNS.iter().map(|(name, _)| format!("'{name}'")).collect();
    format!(
        "(SELECT count(*) FROM pragma_table_info('{table}', 'main') WHERE lower(name) IN ({})) = {}",
        names.join(", "),
        names.len()
    )
}

/// Appends rows, and reads the last one back.
///
/// Returns the damage if the table does not accept them; then none is appended.
pub(crate) fn append(
    connection: &Connection,
    table: &str,
    entries: &[Entry],
) -> Result<Option<Damage>, Unusable> {
    let Some(last) = entries.last() else { return Ok(None) };
    let parameters: Vec<String> = (1..=VALUES_OF_AN_ENTRY).map(|number| format!("?{number}")).collect();
    attempt(connection, || {
        let mut insert = connection.prepare(&insert(table, &parameters))?;
        for entry in entries {
            insert.execute(values(entry))?;
        }
        let newest =
            format!("SELECT revision, direction, state FROM main.\"{table}\" ORDER BY rowid DESC LIMIT 1");
        let is_last = |row: &Row<'_>| {
            let values = [row.get_ref(0)?, row.get_ref(1)?, row.get_ref(2)?];
            Ok(values
                == [&last.revision, &last.direction, &last.state].map(|text| ValueRef::Text(text.as_bytes())))
        };
        let is_written = connection.query_row(&newest, [], is_last).optional()?.unwrap_or_default();
        Ok((!is_written).then_some(Damage::NotKept))
    })
}

/// Returns the statement that appends a row. The values are SQL in the order of [`values`]; SQLite
/// sets the time.
pub(crate) fn insert(table: &str, values: &[String]) -> String {
    append_to_history(table, "strftime('%Y-%m-%d %H:%M:%f', 'now')", values)
}

/// Returns the values of a row in the order of [`HISTORY_COLUMNS`], without the time.
pub(crate) fn values(entry: &Entry) -> [Value; VALUES_OF_AN_ENTRY] {
    let microseconds = i64::try_from(entry.elapsed.as_micros()).unwrap_or(i64::MAX);
    [
        entry.revision.clone().into(),
        entry.direction.clone().into(),
        entry.revises.clone().into(),
        entry.depends_on.clone().into(),
        entry.message.clone().into(),
        entry.checksum.clone().into(),
        entry.state.clone().into(),
        microseconds.into(),
        VERSION.to_owned().into(),
        entry.upgrade_sql.clone().into(),
        entry.downgrade_sql.clone().into(),
        entry.unproved.into(),
        entry.branch_labels.clone().into(),
        entry.loses.clone().into(),
        entry.allow.clone().into(),
    ]
}
