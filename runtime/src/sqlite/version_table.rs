//! The version table: one row per current head, as in Alembic. Only this module writes it.

use aludel_core::chain::create_version_table;
use rusqlite::{Connection, Result, params};

use crate::OwnTableDefect;
use crate::ledger::lacking;
use crate::sqlite::own_table::{self, Column, Shape, Unusable};

/// The column with the revision IDs.
const VERSION_NUM: &str = "version_num";

/// The maximum number of rows to read, far more than the heads of any chain.
const MOST_ROWS: usize = 10_000;

/// The maximum length of a row, in bytes. Alembic declares 32 characters, which SQLite does not
/// enforce.
const MOST_BYTES: usize = 255;

/// The contents of the version table.
#[derive(Debug)]
pub(crate) struct Rows {
    /// The rows, sorted.
    pub(crate) rows: Vec<String>,
    /// `true` if the table has a primary key, as Alembic defines it.
    pub(crate) has_key: bool,
}

/// Returns the version rows, or `None` if the table does not exist.
pub(crate) fn read(connection: &Connection, table: &str) -> Result<Option<Rows>, Unusable> {
    let Some(columns) = columns(connection, table)? else { return Ok(None) };
    let mut rows = values(connection, table)?.into_iter().collect::<Result<Vec<String>, OwnTableDefect>>()?;
    rows.sort();
    let doubled = rows.windows(2).find_map(|pair| match pair {
        [one, other] if one == other => Some(one.clone()),
        _ => None,
    });
    match doubled {
        Some(revision) => Err(OwnTableDefect::Duplicate { revision }.into()),
        None => Ok(Some(Rows { rows, has_key: columns.iter().any(|column| column.is_key) })),
    }
}

/// Returns the rows that are revision IDs. The table may contain other rows, but the caller
/// replaces every row.
pub(crate) fn readable(connection: &Connection, table: &str) -> Result<Vec<String>, Unusable> {
    columns(connection, table)?;
    let mut rows: Vec<String> = match values(connection, table) {
        Ok(values) => values.into_iter().filter_map(Result::ok).collect(),
        Err(Unusable::Defect(_)) => Vec::new(),
        Err(error) => return Err(error),
    };
    rows.sort();
    rows.dedup();
    Ok(rows)
}

/// Returns the columns of a readable table, or `None` if the table does not exist.
fn columns(connection: &Connection, table: &str) -> Result<Option<Vec<Column>>, Unusable> {
    let columns = Shape::look(connection, table)?.stored()?;
    if columns.as_ref().is_some_and(|columns| !columns.iter().any(|column| column.is(VERSION_NUM))) {
        return Err(OwnTableDefect::NoColumn { column: VERSION_NUM }.into());
    }
    Ok(columns)
}

fn values(connection: &Connection, table: &str) -> Result<Vec<Result<String, OwnTableDefect>>, Unusable> {
    let limit = MOST_ROWS + 1;
    let mut statement =
        connection.prepare(&format!("SELECT {VERSION_NUM} FROM main.\"{table}\" LIMIT {limit}"))?;
    let value = |row: &rusqlite::Row<'_>| Ok(own_table::text(row.get_ref(0)?, MOST_BYTES));
    let values: Vec<Result<String, OwnTableDefect>> =
        statement.query_map([], value)?.collect::<Result<_>>()?;
    if values.len() > MOST_ROWS {
        return Err(OwnTableDefect::TooManyRows { limit: MOST_ROWS }.into());
    }
    Ok(values)
}

/// Returns `true` if the table exists.
pub(crate) fn exists(connection: &Connection, table: &str) -> Result<bool, Unusable> {
    Ok(columns(connection, table)?.is_some())
}

/// Deletes every row.
pub(crate) fn purge(connection: &Connection, table: &str) -> Result<()> {
    connection.execute(&format!("DELETE FROM main.\"{table}\""), []).map(drop)
}

/// Creates the table with Alembic's definition if it is missing. Rejects an existing table if a
/// write would run triggers or evaluate expressions.
pub(crate) fn ensure(connection: &Connection, table: &str) -> Result<(), Unusable> {
    if !exists(connection, table)? {
        return Ok(connection.execute_batch(&create_version_table(table))?);
    }
    match own_table::obstacle(connection, table)? {
        Some(defect) => Err(defect.into()),
        None => Ok(()),
    }
}

/// Returns the statement that deletes a row given as SQL.
pub(crate) fn delete(table: &str, row: &str) -> String {
    format!("DELETE FROM main.\"{table}\" WHERE version_num = {row}")
}

/// Returns the statement that inserts a row given as SQL.
pub(crate) fn insert(table: &str, row: &str) -> String {
    format!("INSERT INTO main.\"{table}\" (version_num) VALUES ({row})")
}

/// Replaces the old rows with the new rows.
///
/// The caller must verify the result with [`read`], because a table that others created may fold
/// case, convert types or ignore conflicts.
pub(crate) fn change(
    connection: &Connection,
    table: &str,
    before: &[String],
    after: &[String],
) -> Result<()> {
    let mut delete = connection.prepare(&delete(table, "?1"))?;
    for row in lacking(before, after) {
        delete.execute(params![row])?;
    }
    let mut insert = connection.prepare(&insert(table, "?1"))?;
    for row in lacking(after, before) {
        insert.execute(params![row])?;
    }
    Ok(())
}
