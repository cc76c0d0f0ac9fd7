//! The version table: where a database is. One row a current head, as Alembic keeps it. Only this module writes it.

use rusqlite::{Connection, Result, params};

/// The version rows, sorted.
pub(crate) fn rows(connection: &Connection, table: &str) -> Result<Vec<String>> {
    let mut statement = connection.prepare(&format!("SELECT version_num FROM main.\"{table}\""))?;
    let mut rows: Vec<String> = statement.query_map([], |row| row.get(0))?.collect::<Result<_>>()?;
    rows.sort();
    Ok(rows)
}

/// Whether the table is there.
pub(crate) fn exists(connection: &Connection, table: &str) -> Result<bool> {
    let sql =
        "SELECT EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = ?1 COLLATE NOCASE)";
    connection.query_row(sql, [table], |row| row.get(0))
}

/// Removes every row.
pub(crate) fn purge(connection: &Connection, table: &str) -> Result<()> {
    connection.execute(&format!("DELETE FROM main.\"{table}\""), []).map(drop)
}

/// Makes the table where it is missing, as Alembic makes it.
pub(crate) fn ensure(connection: &Connection, table: &str) -> Result<()> {
    connection.execute_batch(&create(table))
}

/// The statement that makes the table where it is missing.
pub(crate) fn create(table: &str) -> String {
    format!(
        "CREATE TABLE IF NOT EXISTS main.\"{table}\" (\n    version_num VARCHAR(32) NOT NULL,\n    \
         CONSTRAINT {table}_pkc PRIMARY KEY (version_num)\n)"
    )
}

/// The statement that removes a row, given as SQL.
pub(crate) fn delete(table: &str, row: &str) -> String {
    format!("DELETE FROM main.\"{table}\" WHERE version_num = {row}")
}

/// The statement that adds a row, given as SQL.
pub(crate) fn insert(table: &str, row: &str) -> String {
    format!("INSERT INTO main.\"{table}\" (version_num) VALUES ({row})")
}

/// Changes rows. Each row that goes has to be there, and each that comes must not: else another program wrote the table without the lock.
pub(crate) fn change(
    connection: &Connection,
    table: &str,
    removed: &[String],
    added: &[String],
) -> Result<()> {
    let mut delete = connection.prepare(&delete(table, "?1"))?;
    for row in removed {
        let count = delete.execute(params![row])?;
        if count != 1 {
            return Err(rusqlite::Error::StatementChangedRows(count));
        }
    }
    let mut insert = connection.prepare(&insert(table, "?1"))?;
    for row in added {
        insert.execute(params![row])?;
    }
    Ok(())
}
