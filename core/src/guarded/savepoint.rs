//! Work that is rolled back.

use rusqlite::{Connection, Result};

/// Runs work and rolls the database back, even if a statement of the work already ended the
/// transaction.
///
/// # Errors
///
/// Returns SQLite's error if the savepoint cannot be created or rolled back.
pub fn rolled_back<T>(connection: &Connection, work: impl FnOnce() -> T) -> Result<T> {
    connection.execute_batch("SAVEPOINT trial")?;
    let result = work();
    if !connection.is_autocommit() {
        connection.execute_batch("ROLLBACK TO trial; RELEASE trial")?;
    }
    Ok(result)
}
