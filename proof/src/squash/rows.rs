//! Writes rows as INSERT statements.

use aludel_core::schema::identifier;
use aludel_core::script::hexadecimal;
use aludel_core::script::sqlite::text_literal;
use rusqlite::types::Value;

use super::contents::TableRows;

/// The number of rows of one statement.
const ROWS_OF_A_STATEMENT: usize = 100;

/// Returns the statements that insert the rows of a table, and set its counter.
pub(super) fn statements(rows: &TableRows) -> Vec<String> {
    let skipped = usize::from(rows.has_rowid && is_numbered(rows));
    let columns: Vec<String> = rows.columns.iter().skip(skipped).map(|name| identifier(name)).collect();
    let insert = |rows_of: &[Vec<Value>]| {
        let row = |row: &Vec<Value>| {
            let values: Vec<String> = row.iter().skip(skipped).map(literal).collect();
            format!("    ({})", values.join(", "))
        };
        let values: Vec<String> = rows_of.iter().map(row).collect();
        let table = identifier(&rows.name);
        format!("INSERT INTO {table} ({}) VALUES\n{};", columns.join(", "), values.join(",\n"))
    };
    rows.rows.chunks(ROWS_OF_A_STATEMENT).map(insert).chain(counter(rows)).collect()
}

/// Returns `true` if SQLite numbers the rows in the same way.
fn is_numbered(rows: &TableRows) -> bool {
    let first = rows.rows.iter().map(|row| row.first());
    (1..).zip(first).all(|(number, rowid)| rowid == Some(&Value::Integer(number)))
}

/// Returns the statement that sets the counter of `AUTOINCREMENT`, if the rows do not set it.
fn counter(rows: &TableRows) -> Option<String> {
    let table = text_literal(&rows.name);
    let counter = rows.counter?;
    let largest = rows.rows.iter().filter_map(|row| match row.get(rows.alias?)? {
        Value::Integer(key) => Some(*key),
        _ => None,
    });
    match largest.max() {
        Some(largest) if largest == counter => None,
        Some(_) => Some(format!("UPDATE sqlite_sequence SET seq = {counter} WHERE name = {table};")),
        None => Some(format!("INSERT INTO sqlite_sequence (name, seq) VALUES ({table}, {counter});")),
    }
}

/// Returns a value as a literal.
fn literal(value: &Value) -> String {
    match value {
        Value::Null => "NULL".to_owned(),
        Value::Integer(number) => number.to_string(),
        Value::Real(number) if number.is_infinite() => {
            if number.is_sign_positive() {
                "9e999".to_owned()
            } else {
                "-9e999".to_owned()
            }
        }
        Value::Real(number) => format!("{number:?}"),
        // A file keeps neither a carriage return nor a NUL byte.
        Value::Text(text) if text.contains(['\r', '\0']) => {
            format!("CAST(x'{}' AS TEXT)", hexadecimal(text.as_bytes()))
        }
        Value::Text(text) => text_literal(text),
        Value::Blob(bytes) => format!("x'{}'", hexadecimal(bytes)),
    }
}
