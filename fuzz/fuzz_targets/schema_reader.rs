//! Reads the schemas that two SQL texts create. A `----` line separates the texts.
//!
//! If SQLite accepts the SQL, reading the schema must not panic. Two schemas must be equal exactly
//! if their canonical forms are, and unequal schemas must have printable differences. The DDL of a
//! schema must create the same schema again.

#![no_main]

use aludel_core::schema::sqlite::{Reader, Touched};
use aludel_core::schema::{Changes, Schema, differences};
use libfuzzer_sys::fuzz_target;
use rusqlite::Connection;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};

/// The number of progress checks after which a script is stopped. There is one check per 1000
/// virtual machine steps.
const LOOKS: usize = 200;

fuzz_target!(|sql: &str| {
    let (first, second) = sql.split_once("\n----\n").unwrap_or((sql, sql));
    let (Some(first), Some(second)) = (made_by(first), made_by(second)) else { return };
    assert_eq!(first == second, first.canonical() == second.canonical());
    let told = differences(&Changes::between(&first, &second));
    assert_eq!(told.is_empty(), first == second);
    assert!(told.iter().all(|difference| !difference.to_string().is_empty()));
    let ddl = first.ddl();
    let again = made_by(&ddl);
    let told = again.map(|again| differences(&Changes::between(&first, &again)));
    assert!(told.as_ref().is_some_and(Vec::is_empty), "the DDL makes another schema: {ddl}\n{told:#?}");
});

/// Returns the schema that a script creates on an empty database, or `None` if SQLite rejects the
/// script.
fn made_by(sql: &str) -> Option<Schema> {
    let mut connection = Connection::open_in_memory().ok()?;
    let mut looks = 0;
    let stop = move || {
        looks += 1;
        looks > LOOKS
    };
    connection.progress_handler(1000, Some(stop)).ok()?;
    connection.authorizer(Some(authorize)).ok()?;
    connection.execute_batch(sql).ok()?;
    connection.authorizer(None::<fn(AuthContext<'_>) -> Authorization>).ok()?;
    let mut reader = Reader::default();
    reader.read(&connection, &Touched::Everything).ok()?;
    Some(reader.schema().clone())
}

/// Prevents access to other files, and any change of the connection or schema except by DDL
/// statements.
fn authorize(context: AuthContext<'_>) -> Authorization {
    match context.action {
        AuthAction::Attach { .. } | AuthAction::Detach { .. } | AuthAction::Pragma { .. } => {
            Authorization::Deny
        }
        AuthAction::Function { function_name: "load_extension" } => Authorization::Deny,
        _ => Authorization::Allow,
    }
}
