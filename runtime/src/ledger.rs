//! The ledger: how a database came to where it is. Append-only, one row a step. Only this module writes it.
//!
//! It is evidence, not the truth: the version table alone says where a database is, and a revision without a row (Alembic applied it) is
//! fine. Readers tolerate missing columns; a missing one is added in the next run's transaction.

use std::collections::BTreeMap;
use std::time::Duration;

use aludel_core::script::sqlite::quoted;
use rusqlite::{Connection, Result, Row, params};

/// The columns after `id`, with their declarations. A column that is added to a table with rows has to allow NULL.
const COLUMNS: [(&str, &str); 12] = [
    ("revision", "TEXT NOT NULL"),
    ("direction", "TEXT NOT NULL"),
    ("revises", "TEXT NOT NULL"),
    ("depends_on", "TEXT NOT NULL"),
    ("message", "TEXT NOT NULL"),
    ("checksum", "TEXT"),
    ("state", "TEXT NOT NULL"),
    ("applied_at", "TEXT NOT NULL"),
    ("elapsed_us", "INTEGER NOT NULL"),
    ("version", "TEXT NOT NULL"),
    ("upgrade_sql", "TEXT"),
    ("downgrade_sql", "TEXT"),
];

/// The version of Aludel that writes.
const VERSION: &str = env!("CARGO_PKG_VERSION");

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
}

/// Makes the table, or the columns of it that are missing.
pub(crate) fn ensure(connection: &Connection, table: &str) -> Result<()> {
    let known = columns(connection, table)?;
    if known.is_empty() {
        let columns: Vec<String> =
            COLUMNS.iter().map(|(name, declaration)| format!("    {name} {declaration}")).collect();
        return connection.execute_batch(&format!(
            "CREATE TABLE main.\"{table}\" (\n    id INTEGER PRIMARY KEY,\n{}\n)",
            columns.join(",\n")
        ));
    }
    for (name, declaration) in COLUMNS {
        if !known.iter().any(|column| column.eq_ignore_ascii_case(name)) {
            let declaration = declaration.trim_end_matches(" NOT NULL");
            connection
                .execute_batch(&format!("ALTER TABLE main.\"{table}\" ADD COLUMN {name} {declaration}"))?;
        }
    }
    Ok(())
}

/// Appends rows.
pub(crate) fn append(connection: &Connection, table: &str, entries: &[Entry]) -> Result<()> {
    let mut insert = connection.prepare(&format!(
        "INSERT INTO main.\"{table}\" (revision, direction, revises, depends_on, message, checksum, state, applied_at, \
         elapsed_us, version, upgrade_sql, downgrade_sql) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, strftime('%Y-%m-%d %H:%M:%f', 'now'), ?8, ?9, ?10, ?11)"
    ))?;
    for entry in entries {
        let microseconds = i64::try_from(entry.elapsed.as_micros()).unwrap_or(i64::MAX);
        insert.execute(params![
            entry.revision,
            entry.direction,
            entry.revises,
            entry.depends_on,
            entry.message,
            entry.checksum,
            entry.state,
            microseconds,
            VERSION,
            entry.upgrade_sql,
            entry.downgrade_sql
        ])?;
    }
    Ok(())
}

/// All rows, the oldest first; none where there is no ledger. A column that is missing reads as empty.
pub(crate) fn entries(connection: &Connection, table: &str) -> Result<Vec<Entry>> {
    let known = columns(connection, table)?;
    if known.is_empty() {
        return Ok(Vec::new());
    }
    let read: Vec<&str> = COLUMNS
        .iter()
        .map(|(name, _)| if known.iter().any(|column| column == name) { *name } else { "NULL" })
        .collect();
    let mut statement =
        connection.prepare(&format!("SELECT {} FROM main.\"{table}\" ORDER BY rowid", read.join(", ")))?;
    let rows = statement.query_map([], entry)?;
    rows.collect()
}

/// For each revision that the last row about it says is applied: the checksum of the script that was applied. A row from before a column
/// was added has no value there; it tells nothing.
pub(crate) fn evidence(connection: &Connection, table: &str) -> Result<BTreeMap<String, String>> {
    let known = columns(connection, table)?;
    let needed = ["revision", "direction", "checksum"];
    let mut checksums = BTreeMap::new();
    if !needed.iter().all(|name| known.iter().any(|column| column == name)) {
        return Ok(checksums);
    }
    let mut statement = connection
        .prepare(&format!("SELECT revision, direction, checksum FROM main.\"{table}\" ORDER BY rowid"))?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (Some(revision), Some(direction)): (Option<String>, Option<String>) = (row.get(0)?, row.get(1)?)
        else {
            continue;
        };
        match row.get(2)? {
            Some(checksum) if direction != "downgrade" => {
                checksums.insert(revision, checksum);
            }
            _ => {
                checksums.remove(&revision);
            }
        }
    }
    Ok(checksums)
}

fn entry(row: &Row<'_>) -> Result<Entry> {
    let text =
        |column: usize| -> Result<String> { Ok(row.get::<_, Option<String>>(column)?.unwrap_or_default()) };
    let microseconds: Option<i64> = row.get(8)?;
    Ok(Entry {
        revision: text(0)?,
        direction: text(1)?,
        revises: text(2)?,
        depends_on: text(3)?,
        message: text(4)?,
        checksum: row.get(5)?,
        state: text(6)?,
        applied_at: text(7)?,
        elapsed: Duration::from_micros(u64::try_from(microseconds.unwrap_or_default()).unwrap_or_default()),
        version: text(9)?,
        upgrade_sql: row.get(10)?,
        downgrade_sql: row.get(11)?,
    })
}

fn columns(connection: &Connection, table: &str) -> Result<Vec<String>> {
    let mut statement = connection.prepare(&format!("PRAGMA main.table_info({})", quoted(table)))?;
    statement.query_map([], |row| row.get("name"))?.collect()
}
