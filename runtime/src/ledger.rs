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

use std::collections::BTreeMap;
use std::time::Duration;

use aludel_core::chain::{HISTORY_COLUMNS, append_to_history, create_history_table};
use aludel_core::script::sqlite::words_of;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Result, Row};

use crate::own_table::{self, OwnTableDefect, Shape, Unusable};
pub(crate) use damage::Damage;
pub use entry::{LedgerAction, LedgerEntry};

const VALUES_OF_AN_ENTRY: usize = HISTORY_COLUMNS.len() - 1;

/// The column with the number of a row, whatever the table declares.
const ROW_ID: &str = "rowid";

/// The maximum number of rows to read, newest first.
const MOST_ROWS: usize = 100_000;

/// The maximum length of a revision, direction or checksum, in bytes.
const MOST_BYTES: usize = 255;

/// The maximum length of any value, in bytes. It exceeds the size limit of a script.
const MOST_BYTES_OF_A_SCRIPT: usize = 16 << 20;

/// The columns that decide what a downgrade from the ledger runs.
const DECISIVE: [&str; 8] =
    ["revision", "direction", "revises", "depends_on", "checksum", "state", "upgrade_sql", "downgrade_sql"];

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

/// Reads the newest rows of the ledger, oldest first. A missing column or a value of another type
/// reads as empty.
pub(crate) fn entries(connection: &Connection, table: &str) -> Result<Vec<Entry>> {
    let (rows, _) = rows(connection, table)?;
    Ok(rows.into_iter().rev().map(|row| row.entry).collect())
}

/// Reads the newest row.
pub(crate) fn newest(connection: &Connection, table: &str) -> Result<Option<Entry>> {
    let names: Vec<&str> = HISTORY_COLUMNS.iter().map(|(name, _)| *name).collect();
    let mut newest = None;
    newest_first(connection, table, &names, |row| {
        newest = Some(entry(row)?);
        Ok(false)
    })?;
    Ok(newest)
}

/// A row with its number.
#[derive(Debug, Clone)]
pub(crate) struct Numbered {
    pub(crate) id: i64,
    pub(crate) entry: Entry,
    /// `false` if a value that decides what runs has a type or length that Aludel never writes.
    pub(crate) is_readable: bool,
}

/// Reads the rows of the ledger, newest first, and the damage that prevented reading all of them. A
/// missing column or a value of another type reads as empty.
pub(crate) fn rows(connection: &Connection, table: &str) -> Result<(Vec<Numbered>, Option<Damage>)> {
    let mut rows = Vec::new();
    let names: Vec<&str> = HISTORY_COLUMNS.iter().map(|(name, _)| *name).chain([ROW_ID]).collect();
    let damage = newest_first(connection, table, &names, |row| {
        let id = row.get_ref(HISTORY_COLUMNS.len())?.as_i64().unwrap_or_default();
        rows.push(Numbered { id, entry: entry(row)?, is_readable: is_readable(row)? });
        Ok(true)
    })?;
    Ok((rows, damage))
}

/// Reads the rows like [`rows`], without those that only record the start of a step.
pub(crate) fn steps(connection: &Connection, table: &str) -> Result<(Vec<Numbered>, Option<Damage>)> {
    let (mut rows, damage) = rows(connection, table)?;
    rows.retain(|row| !row.entry.is_start());
    Ok((rows, damage))
}

/// The facts that the ledger records about the applied scripts.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    /// The checksum of the applied script, for each revision whose last row marks it as applied.
    pub(crate) checksums: BTreeMap<String, String>,
    /// The damage that prevented reading a part.
    pub(crate) damage: Option<Damage>,
}

/// Reads the evidence. A row written before a column was added has no value in it, and is no
/// evidence.
pub(crate) fn evidence(connection: &Connection, table: &str) -> Result<Evidence> {
    let mut last: BTreeMap<String, Option<String>> = BTreeMap::new();
    let (mut unreadable, mut is_cut) = (0, false);
    let read = newest_first(connection, table, &["revision", "direction", "checksum"], |row| {
        let values = (row.get_ref(0)?, row.get_ref(1)?, row.get_ref(2)?);
        if values.0 == ValueRef::Null || values.1 == ValueRef::Null {
            return Ok(true);
        }
        let Ok(revision) = own_table::text(values.0, MOST_BYTES) else {
            is_cut = true;
            return Ok(false);
        };
        let checksum = match (own_table::text(values.1, MOST_BYTES), values.2) {
            (Ok(_), ValueRef::Null) => None,
            (Ok(direction), _) if STARTED.contains(&&*direction) => return Ok(true),
            (Ok(direction), _) if direction == "downgrade" => None,
            (Ok(_), checksum) => own_table::text(checksum, MOST_BYTES).inspect_err(|_| unreadable += 1).ok(),
            (Err(_), _) => {
                unreadable += 1;
                None
            }
        };
        last.entry(revision).or_insert(checksum);
        Ok(true)
    })?;
    let damage = match read {
        Some(damage) => Some(damage),
        None if is_cut => Some(Damage::Before),
        None => (unreadable > 0).then_some(Damage::Rows(unreadable)),
    };
    let checksums = last.into_iter().filter_map(|(revision, checksum)| Some((revision, checksum?)));
    Ok(Evidence { checksums: checksums.collect(), damage })
}

/// Reads columns of the newest rows until `take` has enough.
///
/// A missing column reads as NULL. A table that cannot be read has no rows, and its damage is
/// returned.
fn newest_first(
    connection: &Connection,
    table: &str,
    names: &[&str],
    mut take: impl FnMut(&Row<'_>) -> Result<bool>,
) -> Result<Option<Damage>> {
    let known = match Shape::look(connection, table)?.stored() {
        Ok(None) => return Ok(None),
        Ok(Some(columns)) => columns,
        Err(defect) => return Ok(Some(Damage::Unreadable(defect))),
    };
    let is_known = |name: &str| name == ROW_ID || known.iter().any(|column| column.is(name));
    let read: Vec<&str> = names.iter().map(|name| if is_known(name) { *name } else { "NULL" }).collect();
    let sql = format!(
        "SELECT {} FROM main.\"{table}\" ORDER BY rowid DESC LIMIT {}",
        read.join(", "),
        MOST_ROWS + 1
    );
    let mut read = || {
        let mut statement = connection.prepare(&sql)?;
        let mut rows = statement.query([])?;
        for _ in 0..MOST_ROWS {
            match rows.next()? {
                Some(row) if take(row)? => {}
                Some(_) | None => return Ok(None),
            }
        }
        Ok(rows.next()?.map(|_| Damage::Older))
    };
    match read() {
        Ok(damage) => Ok(damage),
        Err(error) if is_of_the_table(&error) => Ok(Some(Damage::Refused(words_of(&error).0))),
        Err(error) => Err(error),
    }
}

/// Returns `true` if the values that decide what a downgrade runs are text, or NULL where Aludel
/// writes NULL.
fn is_readable(row: &Row<'_>) -> Result<bool> {
    for (column, (name, declaration)) in HISTORY_COLUMNS.iter().enumerate() {
        let may_be_null = !declaration.ends_with("NOT NULL");
        let is_text = match row.get_ref(column)? {
            ValueRef::Null => may_be_null,
            value => own_table::text(value, MOST_BYTES_OF_A_SCRIPT).is_ok(),
        };
        if DECISIVE.contains(name) && !is_text {
            return Ok(false);
        }
    }
    Ok(true)
}

fn entry(row: &Row<'_>) -> Result<Entry> {
    let optional = |column: usize| -> Result<Option<String>> {
        Ok(own_table::text(row.get_ref(column)?, MOST_BYTES_OF_A_SCRIPT).ok())
    };
    let text = |column: usize| -> Result<String> { Ok(optional(column)?.unwrap_or_default()) };
    let number = |column: usize| -> Result<u64> {
        Ok(row
            .get_ref(column)?
            .as_i64()
            .ok()
            .and_then(|number| u64::try_from(number).ok())
            .unwrap_or_default())
    };
    Ok(Entry {
        revision: text(0)?,
        direction: text(1)?,
        revises: text(2)?,
        depends_on: text(3)?,
        message: text(4)?,
        checksum: optional(5)?,
        state: text(6)?,
        applied_at: text(7)?,
        elapsed: Duration::from_micros(number(8)?),
        version: text(9)?,
        upgrade_sql: optional(10)?,
        downgrade_sql: optional(11)?,
        unproved: number(12)? != 0,
        branch_labels: optional(13)?,
        loses: optional(14)?,
        allow: optional(15)?,
    })
}

/// Returns the columns of the table, or nothing if there is no readable table.
pub(crate) fn columns(connection: &Connection, table: &str) -> Result<Vec<String>> {
    let columns = Shape::look(connection, table)?.stored().ok().flatten().unwrap_or_default();
    Ok(columns.into_iter().map(|column| column.name).collect())
}

/// Returns the values of a list in a row.
pub(crate) fn list(values: &str) -> impl Iterator<Item = &str> {
    values.split(',').map(str::trim).filter(|value| !value.is_empty())
}
