//! The version table: where a database is. One row a current head, as Alembic keeps it. Only this module writes it.

use aludel_core::chain::create_version_table;
use rusqlite::{Connection, Result, params};

use crate::own_table::{self, Column, Defect, Shape, Unusable};

/// The column of the revision ids.
const VERSION_NUM: &str = "version_num";

/// The most rows that are read: far more heads than any chain has.
const MOST_ROWS: usize = 10_000;

/// The most bytes of a row that are read. Alembic declares 32 characters; SQLite does not enforce that.
const MOST_BYTES: usize = 255;

/// The version table as it was read.
#[derive(Debug)]
pub(crate) struct Rows {
    /// The rows, sorted.
    pub(crate) rows: Vec<String>,
    /// Whether the table has a primary key, as Alembic gives it.
    pub(crate) has_key: bool,
}

/// The version rows; nothing where there is no table.
pub(crate) fn read(connection: &Connection, table: &str) -> Result<Option<Rows>, Unusable> {
    let Some(columns) = columns(connection, table)? else { return Ok(None) };
    let mut rows = values(connection, table)?.into_iter().collect::<Result<Vec<String>, Defect>>()?;
    rows.sort();
    let doubled = rows.windows(2).find_map(|pair| match pair {
        [one, other] if one == other => Some(one.clone()),
        _ => None,
    });
    match doubled {
        Some(revision) => Err(Defect::Doubled { revision }.into()),
        None => Ok(Some(Rows { rows, has_key: columns.iter().any(|column| column.is_key) })),
    }
}

/// The rows that are revision ids, of a table that may also hold others: for who replaces them all.
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

/// The columns of a table that can be read; nothing where there is no table.
fn columns(connection: &Connection, table: &str) -> Result<Option<Vec<Column>>, Unusable> {
    let columns = Shape::look(connection, table)?.stored()?;
    if columns.as_ref().is_some_and(|columns| !columns.iter().any(|column| column.is(VERSION_NUM))) {
        return Err(Defect::NoColumn { column: VERSION_NUM }.into());
    }
    Ok(columns)
}

fn values(connection: &Connection, table: &str) -> Result<Vec<Result<String, Defect>>, Unusable> {
    let limit = MOST_ROWS + 1;
    let mut statement =
        connection.prepare(&format!("SELECT {VERSION_NUM} FROM main.\"{table}\" LIMIT {limit}"))?;
    let value = |row: &rusqlite::Row<'_>| Ok(own_table::text(row.get_ref(0)?, MOST_BYTES));
    let values: Vec<Result<String, Defect>> = statement.query_map([], value)?.collect::<Result<_>>()?;
    if values.len() > MOST_ROWS {
        return Err(Defect::TooManyRows { limit: MOST_ROWS }.into());
    }
    Ok(values)
}

/// Whether the table is there.
pub(crate) fn exists(connection: &Connection, table: &str) -> Result<bool, Unusable> {
    Ok(columns(connection, table)?.is_some())
}

/// Removes every row.
pub(crate) fn purge(connection: &Connection, table: &str) -> Result<()> {
    connection.execute(&format!("DELETE FROM main.\"{table}\""), []).map(drop)
}

/// Makes the table where it is missing, as Alembic makes it; refuses one whose writing would run or compute what someone else wrote.
pub(crate) fn ensure(connection: &Connection, table: &str) -> Result<(), Unusable> {
    if !exists(connection, table)? {
        return Ok(connection.execute_batch(&create_version_table(table))?);
    }
    match own_table::obstacle(connection, table)? {
        Some(defect) => Err(defect.into()),
        None => Ok(()),
    }
}

/// The statement that removes a row, given as SQL.
pub(crate) fn delete(table: &str, row: &str) -> String {
    format!("DELETE FROM main.\"{table}\" WHERE version_num = {row}")
}

/// The statement that adds a row, given as SQL.
pub(crate) fn insert(table: &str, row: &str) -> String {
    format!("INSERT INTO main.\"{table}\" (version_num) VALUES ({row})")
}

/// The rows that one set has and another lacks.
pub(crate) fn lacking<'a>(rows: &'a [String], others: &'a [String]) -> impl Iterator<Item = &'a String> {
    rows.iter().filter(|row| !others.contains(row))
}

/// Makes the rows those that are given. Whether they are is for [`read`] to find out afterwards: a table that others made may fold case,
/// convert types or ignore conflicts.
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
