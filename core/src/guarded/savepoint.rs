//! Savepoints, and work that is rolled back afterwards.

use rusqlite::{Connection, Result};

/// A savepoint. Any savepoint created after it must end first.
#[derive(Debug)]
#[must_use = "a savepoint stays open until it is released or rolled back"]
pub struct Savepoint(());

impl Savepoint {
    /// Creates a savepoint.
    ///
    /// # Errors
    ///
    /// Returns SQLite's error if the savepoint cannot be created.
    pub fn open(connection: &Connection) -> Result<Self> {
        run(connection, "SAVEPOINT trial")?;
        Ok(Self(()))
    }

    /// Keeps the changes since the savepoint. If a statement ended the transaction, the savepoint
    /// ended with it, and this does nothing.
    ///
    /// # Errors
    ///
    /// Returns SQLite's error if the savepoint cannot be released.
    pub fn release(self, connection: &Connection) -> Result<()> {
        if connection.is_autocommit() { Ok(()) } else { run(connection, "RELEASE trial") }
    }

    /// Undoes the changes since the savepoint, unless a statement already ended the transaction.
    ///
    /// # Errors
    ///
    /// Returns SQLite's error if the changes cannot be rolled back.
    pub fn roll_back(self, connection: &Connection) -> Result<()> {
        if connection.is_autocommit() {
            return Ok(());
        }
        run(connection, "ROLLBACK TO trial")?;
        run(connection, "RELEASE trial")
    }
}

/// Runs a statement that is compiled once per connection.
fn run(connection: &Connection, statement: &str) -> Result<()> {
    connection.prepare_cached(statement)?.execute([]).map(drop)
}

/// Runs work and then rolls the database back, even if a statement in the work already ended the
/// transaction.
///
/// # Errors
///
/// Returns SQLite's error if the savepoint cannot be created or rolled back.
pub fn rolled_back<T>(connection: &Connection, work: impl FnOnce() -> T) -> Result<T> {
    let savepoint = Savepoint::open(connection)?;
    let result = work();
    savepoint.roll_back(connection)?;
    Ok(result)
}
