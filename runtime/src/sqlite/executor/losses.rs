//! Determines which declared losses of an upgrade actually occur. An empty table loses nothing.

use aludel_core::chain::Script;
use aludel_core::plan::Direction;
use aludel_core::script::sqlite::{quoted, text_literal, unquoted};
use rusqlite::Connection;

/// Returns the data that a script loses for good, as declared in its header. Call this before the
/// script runs. The losses of a downgrade are already declared by its upgrade.
pub(super) fn losses(connection: &Connection, script: &Script, direction: Direction) -> Vec<String> {
    if direction == Direction::Downgrade {
        return Vec::new();
    }
    let declared = script.declared.loses.iter().map(|loss| &**loss);
    declared.filter(|loss| has_something(connection, loss)).map(str::to_owned).collect()
}

/// Returns `true` if the database contains data that a loss names, or if that cannot be determined.
fn has_something(connection: &Connection, loss: &str) -> bool {
    let source = match loss.strip_prefix("counter of ") {
        Some(table) => format!("main.sqlite_sequence WHERE name = {}", text_literal(&unquoted(table))),
        None => format!("main.{}", quoted(&table_of(loss))),
    };
    let is_there = format!("SELECT EXISTS (SELECT 1 FROM {source})");
    connection.query_row(&is_there, [], |row| row.get(0)).unwrap_or(true)
}

/// Returns the table of `rows of <table>` or `<table>.<column>`. A name that contains a dot is in
/// quotes.
fn table_of(loss: &str) -> String {
    if let Some(table) = loss.strip_prefix("rows of ") {
        return unquoted(table);
    }
    let mut is_in_quotes = false;
    let dot = loss.char_indices().find(|(_, letter)| {
        is_in_quotes ^= *letter == '"';
        *letter == '.' && !is_in_quotes
    });
    unquoted(dot.and_then(|(dot, _)| loss.get(..dot)).unwrap_or(loss))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_table_has_nothing_to_lose() -> rusqlite::Result<()> {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch(
            "CREATE TABLE \"a.b\" (c); CREATE TABLE n (id INTEGER PRIMARY KEY AUTOINCREMENT);
             CREATE TABLE t (x); INSERT INTO t VALUES (1);",
        )?;
        let has = |loss: &str| has_something(&connection, loss);
        assert!(["t.x", "rows of t", "\"t\".\"x\"", "rows of missing"].into_iter().all(has));
        assert!(!["\"a.b\".c", "rows of \"a.b\"", "rows of n", "counter of n"].into_iter().any(has));
        connection
            .execute_batch("INSERT INTO n DEFAULT VALUES; DELETE FROM n; INSERT INTO \"a.b\" VALUES (1)")?;
        assert!(["\"a.b\".c", "rows of \"a.b\"", "counter of n"].into_iter().all(has) && !has("n.id"));
        Ok(())
    }
}
