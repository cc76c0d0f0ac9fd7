//! The ledger: how a database came to where it is. Append-only, one row a step. Only this module writes it.
//!
//! It is evidence, not the truth: the version table alone says where a database is, and a revision without a row (Alembic applied it) is
//! fine. Readers tolerate missing columns; a missing one is added in the next run's transaction.

use std::collections::BTreeMap;
use std::time::Duration;

use rusqlite::types::Value;
use rusqlite::{Connection, Result, Row};

/// The columns after `id`, with their declarations. A column that is added to a table with rows has to allow NULL.
const COLUMNS: [(&str, &str); 13] = [
    ("revision", "TEXT NOT NULL"),
    ("direction", "TEXT NOT NULL"),
    ("revises", "TEXT NOT NULL"),
    ("depends_on", "TEXT NOT NULL"),
    ("message", "TEXT NOT NULL"),
    ("checksum", "TEXT"),
    ("state", "TEXT NOT NULL"),
    (APPLIED_AT, "TEXT NOT NULL"),
    ("elapsed_us", "INTEGER NOT NULL"),
    ("version", "TEXT NOT NULL"),
    ("upgrade_sql", "TEXT"),
    ("downgrade_sql", "TEXT"),
    ("unproved", "INTEGER NOT NULL"),
];

/// The column that SQLite fills in.
const APPLIED_AT: &str = "applied_at";

const VALUES_OF_AN_ENTRY: usize = COLUMNS.len() - 1;

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

/// Makes the table, or the columns of it that are missing.
pub(crate) fn ensure(connection: &Connection, table: &str) -> Result<()> {
    completion(table, &columns(connection, table)?)
        .iter()
        .try_for_each(|statement| connection.execute_batch(statement))
}

/// The statements that make the table, where it has no column yet, or else the columns of it that are missing.
pub(crate) fn completion(table: &str, known: &[String]) -> Vec<String> {
    if known.is_empty() {
        let columns: Vec<String> =
            COLUMNS.iter().map(|(name, declaration)| format!("    {name} {declaration}")).collect();
        return vec![format!(
            "CREATE TABLE IF NOT EXISTS main.\"{table}\" (\n    id INTEGER PRIMARY KEY,\n{}\n)",
            columns.join(",\n")
        )];
    }
    let is_missing = |name: &str| !known.iter().any(|column| column.eq_ignore_ascii_case(name));
    let missing = COLUMNS.iter().filter(|(name, _)| is_missing(name));
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
    let names: Vec<String> = COLUMNS.iter().map(|(name, _)| format!("'{name}'")).collect();
    format!(
        "(SELECT count(*) FROM pragma_table_info('{table}', 'main') WHERE lower(name) IN ({})) = {}",
        names.join(", "),
        names.len()
    )
}

/// Appends rows.
pub(crate) fn append(connection: &Connection, table: &str, entries: &[Entry]) -> Result<()> {
    let parameters: Vec<String> = (1..=VALUES_OF_AN_ENTRY).map(|number| format!("?{number}")).collect();
    let mut insert = connection.prepare(&insert(table, &parameters))?;
    for entry in entries {
        insert.execute(values(entry))?;
    }
    Ok(())
}

/// The statement that appends a row with these values, given as SQL in the order of [`values`]; SQLite gives the time.
pub(crate) fn insert(table: &str, values: &[String]) -> String {
    let is_given = |name: &&str| *name != APPLIED_AT;
    let columns: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).filter(is_given).collect();
    format!(
        "INSERT INTO main.\"{table}\" ({APPLIED_AT}, {}) VALUES (strftime('%Y-%m-%d %H:%M:%f', 'now'), {})",
        columns.join(", "),
        values.join(", ")
    )
}

/// The values of a row in the order of [`COLUMNS`], without the time.
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
        unproved: row.get::<_, Option<bool>>(12)?.unwrap_or_default(),
    })
}

/// The columns of the table; none where there is no table.
pub(crate) fn columns(connection: &Connection, table: &str) -> Result<Vec<String>> {
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1, 'main')")?;
    statement.query_map([table], |row| row.get(0))?.collect()
}
