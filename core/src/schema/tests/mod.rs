//! What is equal, what is different, and how it is told; then the same of random schemas.

mod ddl;
mod different;
mod equal;
mod random;
mod reader;
mod same_as_the_pragmas;

use std::error::Error;

use rusqlite::Connection;

use super::sqlite::{Reader, Touched};
use super::{Changes, Schema, tell};

pub(super) type TestResult = Result<(), Box<dyn Error>>;

/// The schema that a script makes.
pub(super) fn made_by(sql: &str) -> Result<Schema, Box<dyn Error>> {
    let connection = Connection::open_in_memory()?;
    connection.execute_batch(sql).map_err(|error| format!("{error}, in {sql}"))?;
    read(&connection)
}

fn read(connection: &Connection) -> Result<Schema, Box<dyn Error>> {
    let mut reader = Reader::default();
    reader.read(connection, &Touched::Everything)?;
    Ok(reader.schema().clone())
}

/// Fails where two scripts do not make the same schema, canonical form included.
fn assert_same(was: &str, is: &str) -> TestResult {
    let (left, right) = (made_by(was)?, made_by(is)?);
    let told = tell(&Changes::between(&left, &right));
    assert_eq!(told, Vec::<String>::new(), "\n{was}\n{is}");
    assert_eq!(left.canonical(), right.canonical(), "\n{was}\n{is}");
    assert_eq!(left, right);
    assert_eq!(left.fingerprint(), right.fingerprint());
    Ok(())
}

/// What is told of two scripts that make different schemas.
fn told(was: &str, is: &str) -> Result<String, Box<dyn Error>> {
    let (left, right) = (made_by(was)?, made_by(is)?);
    let told = tell(&Changes::between(&left, &right));
    assert!(!told.is_empty(), "nothing is told of\n{was}\n{is}");
    assert_ne!(left, right, "\n{was}\n{is}");
    let is_the_order = Changes::between(&left, &right).without_column_order().is_empty();
    assert_eq!(left.canonical() == right.canonical(), is_the_order, "\n{was}\n{is}");
    assert_eq!(left.fingerprint() == right.fingerprint(), is_the_order, "\n{was}\n{is}");
    Ok(told.join("\n"))
}
