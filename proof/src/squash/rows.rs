//! Writes rows as INSERT statements.

use aludel_core::schema::identifier;
use aludel_core::script::hexadecimal;
use aludel_core::script::sqlite::text_literal;
use rusqlite::types::Value;

use super::contents::TableRows;

/// The maximum number of rows per statement.
const ROWS_OF_A_STATEMENT: usize = 100;

/// Returns the statements that insert the rows of a table and set its counter.
pub(super) fn statements(rows: &TableRows) -> Vec<String> {
    let skipped = usize::from(rows.has_rowid && is_numbered(rows));
    let all: Vec<&Vec<Value>> = rows.rows.iter().collect();
    inserts("INSERT", rows, skipped, &all).into_iter().chain(counter(rows)).collect()
}

/// Returns the statements that add the rows that `others` lacks. A changed row replaces its earlier
/// version.
pub(super) fn added(rows: &TableRows, others: Option<&TableRows>) -> Vec<String> {
    let others = others.map(|others| others.rows.as_slice()).unwrap_or_default();
    let new: Vec<&Vec<Value>> = rows.rows.iter().filter(|row| !others.contains(row)).collect();
    let is_changed = others.iter().any(|row| !rows.rows.contains(row));
    inserts(if is_changed { "REPLACE" } else { "INSERT" }, rows, 0, &new)
}

/// Returns the statements that insert rows. Omits the first `skipped` columns.
fn inserts(verb: &str, rows: &TableRows, skipped: usize, all: &[&Vec<Value>]) -> Vec<String> {
    let columns: Vec<String> = rows.columns.iter().skip(skipped).map(|name| identifier(name)).collect();
    let insert = |rows_of: &[&Vec<Value>]| {
        let row = |row: &&Vec<Value>| {
            let values: Vec<String> = row.iter().skip(skipped).map(literal).collect();
            format!("    ({})", values.join(", "))
        };
        let values: Vec<String> = rows_of.iter().map(row).collect();
        let table = identifier(&rows.name);
        format!("{verb} INTO {table} ({}) VALUES\n{};", columns.join(", "), values.join(",\n"))
    };
    all.chunks(ROWS_OF_A_STATEMENT).map(insert).collect()
}

/// Returns `true` if SQLite would assign the same rowids by itself.
fn is_numbered(rows: &TableRows) -> bool {
    let first = rows.rows.iter().map(|row| row.first());
    (1..).zip(first).all(|(number, rowid)| rowid == Some(&Value::Integer(number)))
}

/// Returns the statement that sets the `AUTOINCREMENT` counter, or `None` if none is needed.
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
        // A script file preserves neither carriage returns nor NUL bytes.
        Value::Text(text) if text.contains(['\r', '\0']) => {
            format!("CAST(x'{}' AS TEXT)", hexadecimal(text.as_bytes()))
        }
        Value::Text(text) => text_literal(text),
        Value::Blob(bytes) => format!("x'{}'", hexadecimal(bytes)),
    }
}
