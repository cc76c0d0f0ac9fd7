//! Equal and different schemas, the descriptions of differences, and the same checks on random
//! schemas.

mod ddl;
mod different;
mod equal;
mod random;
mod reader;
mod same_as_the_pragmas;

use std::error::Error;

use rusqlite::Connection;

use super::sqlite::{Reader, Touched};
use super::{Changes, Schema, describe};

pub(super) type TestResult = Result<(), Box<dyn Error>>;

/// Returns the schema that a script creates.
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

/// Fails if two scripts create different schemas, or if the canonical forms of the schemas differ.
fn assert_same(was: &str, is: &str) -> TestResult {
    let (left, right) = (made_by(was)?, made_by(is)?);
    let reported = describe(&Changes::between(&left, &right));
    assert_eq!(reported, Vec::<String>::new(), "\n{was}\n{is}");
    assert_eq!(left.canonical(), right.canonical(), "\n{was}\n{is}");
    assert_eq!(left, right);
    assert_eq!(left.fingerprint(), right.fingerprint());
    Ok(())
}

/// Describes the differences between the schemas that two scripts create. Fails if they are equal.
fn reported(was: &str, is: &str) -> Result<String, Box<dyn Error>> {
    let (left, right) = (made_by(was)?, made_by(is)?);
    let reported = describe(&Changes::between(&left, &right));
    assert!(!reported.is_empty(), "nothing is reported of\n{was}\n{is}");
    assert_ne!(left, right, "\n{was}\n{is}");
    let is_the_order = Changes::between(&left, &right).without_column_order().is_empty();
    assert_eq!(left.canonical() == right.canonical(), is_the_order, "\n{was}\n{is}");
    assert_eq!(left.fingerprint() == right.fingerprint(), is_the_order, "\n{was}\n{is}");
    Ok(reported.join("\n"))
}
