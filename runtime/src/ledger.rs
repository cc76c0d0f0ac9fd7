//! The ledger: how a database came to where it is. Append-only, one row a step. Only this module writes it.
//!
//! It is evidence, not the truth: the version table alone says where a database is, and a revision without a row (Alembic applied it) is
//! fine. Readers tolerate missing columns; a missing one is added in the next run's transaction. A ledger that was damaged stops nothing: what
//! can be read is used, and a run that cannot write it says so and goes on.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use aludel_core::chain::{APPLIED_AT, HISTORY_COLUMNS, create_history_table};
use aludel_core::script::sqlite::words_of;
use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, ErrorCode, OptionalExtension as _, Result, Row};

use crate::own_table::{self, Defect, Shape, Unusable};

const VALUES_OF_AN_ENTRY: usize = HISTORY_COLUMNS.len() - 1;

/// The most rows that are read, the newest ones.
const MOST_ROWS: usize = 100_000;

/// The most bytes of a revision, a direction or a checksum that are read.
const MOST_BYTES: usize = 255;

/// The most bytes of any value that are read: more than a script may have.
const MOST_BYTES_OF_A_SCRIPT: usize = 16 << 20;

/// The version of Aludel that writes.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// One row: one step that was taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// The revision.
    pub revision: String,
    /// `upgrade`, `downgrade` or `stamp`.
    pub direction: String,
    /// The down revisions, separated by commas.
    pub revises: String,
    /// The dependencies, separated by commas.
    pub depends_on: String,
    /// What the script does, in one line.
    pub message: String,
    /// The checksum of the script; none where a stamp made the revision cease to be applied.
    pub checksum: Option<String>,
    /// The state of the database after the step.
    pub state: String,
    /// When, in UTC. Given by SQLite.
    pub applied_at: String,
    /// How long the script ran.
    pub elapsed: Duration,
    /// The version of Aludel that wrote the row.
    pub version: String,
    /// The upgrade as it was.
    pub upgrade_sql: Option<String>,
    /// The downgrade as it was.
    pub downgrade_sql: Option<String>,
    /// The script ran without the proof, because someone asked for that.
    pub unproved: bool,
}

/// Makes the table, or the columns of it that are missing. A table that cannot be written is left as it is, and why not is returned; one with
/// triggers is refused, since they would run statements of someone else.
pub(crate) fn ensure(connection: &Connection, table: &str) -> Result<Option<Damage>, Unusable> {
    let known = match Shape::look(connection, table)?.stored() {
        Ok(columns) => columns.unwrap_or_default(),
        Err(defect) => return Ok(Some(Damage::Unreadable(defect))),
    };
    match own_table::obstacle(connection, table)? {
        Some(defect @ Defect::Trigger { .. }) => return Err(defect.into()),
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

/// Does all of something to the ledger, or nothing where SQLite refuses it because of how the table is made: a run goes on without it.
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

/// Whether SQLite refuses a statement because of how the table is made, and not because the file or the disk fails.
fn is_of_the_table(error: &rusqlite::Error) -> bool {
    let of_the_table = [ErrorCode::Unknown, ErrorCode::ConstraintViolation, ErrorCode::TypeMismatch];
    error.sqlite_error_code().is_none_or(|code| of_the_table.contains(&code))
}

/// The statements that make the table, where it has no column yet, or else the columns of it that are missing.
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

/// The expression that says whether the table has every column.
pub(crate) fn is_whole(table: &str) -> String {
    let names: Vec<String> = HISTORY_COLUMNS.iter().map(|(name, _)| format!("'{name}'")).collect();
    format!(
        "(SELECT count(*) FROM pragma_table_info('{table}', 'main') WHERE lower(name) IN ({})) = {}",
        names.join(", "),
        names.len()
    )
}

/// Appends rows, and reads the last one back. Where the table does not take them, none is appended, and why not is returned.
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

/// The statement that appends a row with these values, given as SQL in the order of [`values`]; SQLite gives the time.
pub(crate) fn insert(table: &str, values: &[String]) -> String {
    let is_given = |name: &&str| *name != APPLIED_AT;
    let columns: Vec<&str> = HISTORY_COLUMNS.iter().map(|(name, _)| *name).filter(is_given).collect();
    format!(
        "INSERT INTO main.\"{table}\" ({APPLIED_AT}, {}) VALUES (strftime('%Y-%m-%d %H:%M:%f', 'now'), {})",
        columns.join(", "),
        values.join(", ")
    )
}

/// The values of a row in the order of [`HISTORY_COLUMNS`], without the time.
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
    ]
}

/// What can be read of the ledger: the newest rows, the oldest of them first. A column that is missing reads as empty, and so does a value of
/// another type.
pub(crate) fn entries(connection: &Connection, table: &str) -> Result<Vec<Entry>> {
    let mut entries = Vec::new();
    newest_first(connection, table, &HISTORY_COLUMNS.map(|(name, _)| name), |row| {
        entries.push(entry(row)?);
        Ok(true)
    })?;
    entries.reverse();
    Ok(entries)
}

/// What the ledger tells of the scripts that were applied.
#[derive(Debug, Default)]
pub(crate) struct Evidence {
    /// For each revision that the last row about it says is applied: the checksum of the script that was applied.
    pub(crate) checksums: BTreeMap<String, String>,
    /// What could not be read.
    pub(crate) damage: Option<Damage>,
}

/// Why the ledger, or a part of it, is not used. A run goes on: it is evidence, not the truth.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Damage {
    /// The table has a defect.
    Unreadable(Defect),
    /// SQLite refuses to read or to write it.
    Refused(String),
    /// What is written to it is not what is read afterwards.
    NotKept,
    /// There are more rows than are read.
    Older,
    /// So many rows have values that nothing of ours writes.
    Rows(usize),
    /// The rows before one whose revision cannot be read.
    Before,
}

impl fmt::Display for Damage {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(defect) => write!(formatter, "{defect}; it is not used"),
            Self::Refused(words) => write!(formatter, "cannot be used: {words}"),
            Self::NotKept => write!(formatter, "does not keep what is written to it"),
            Self::Older => write!(formatter, "has more than {MOST_ROWS} rows; older ones are not read"),
            Self::Rows(1) => {
                write!(formatter, "has a row with a checksum that cannot be read; that row is ignored")
            }
            Self::Rows(rows) => {
                write!(
                    formatter,
                    "has {rows} rows with checksums that cannot be read; those rows are ignored"
                )
            }
            Self::Before => {
                write!(
                    formatter,
                    "has a row whose revision cannot be read; that row and older ones are ignored"
                )
            }
        }
    }
}

/// Reads what the ledger tells. A row from before a column was added has no value there; it tells nothing.
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

/// Reads columns of the newest rows until `take` has enough. A column that is missing reads as NULL. A table that cannot be read has no rows;
/// why not is returned.
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
    let is_known = |name: &str| known.iter().any(|column| column.is(name));
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
    })
}

/// The columns of the table; none where there is no table that can be read.
pub(crate) fn columns(connection: &Connection, table: &str) -> Result<Vec<String>> {
    let columns = Shape::look(connection, table)?.stored().ok().flatten().unwrap_or_default();
    Ok(columns.into_iter().map(|column| column.name).collect())
}
