//! CHECK constraints, and the values that pass them.

use std::collections::BTreeSet;

use aludel_core::schema::{Check, Table};
use aludel_core::script::sqlite::quoted;
use rusqlite::{Connection, params_from_iter};

use super::cell::Cell;
use super::values;
use super::words::{literals, names};

/// The CHECK constraints of a table, and the columns that each one mentions.
pub(super) struct Checks<'a> {
    checks: Vec<(&'a Check, BTreeSet<String>)>,
}

impl<'a> Checks<'a> {
    pub(super) fn of(table: &'a Table) -> Self {
        let columns: BTreeSet<String> =
            table.columns.iter().map(|column| column.name.to_lowercase()).collect();
        let named = |check: &Check| {
            let names = names(&check.expression.written).into_iter().map(|name| name.to_lowercase());
            names.filter(|name| columns.contains(name)).collect()
        };
        Self { checks: table.checks.iter().map(|check| (check, named(check))).collect() }
    }

    /// Adds the values that the constraints on a column mention, and returns those that pass the
    /// constraints on only this column, or all values if none pass. SQLite evaluates the
    /// constraints. Returns `None` if no constraint mentions the column.
    pub(super) fn passing(&self, connection: &Connection, column: &str, pool: &[Cell]) -> Option<Vec<Cell>> {
        let name = column.to_lowercase();
        let naming: Vec<_> = self.checks.iter().filter(|(_, names)| names.contains(&name)).collect();
        if naming.is_empty() {
            return None;
        }
        let written = |(check, _): &&(&'a Check, _)| check.expression.written.as_str();
        let named: Vec<Cell> = naming.iter().flat_map(|check| literals(written(check))).collect();
        let words: Vec<&str> = naming.iter().map(written).collect();
        let pool = [pool, &values::for_check(&words.join(" "), &named)].concat();
        let alone = naming.iter().filter(|(_, names)| names.len() == 1);
        let alone: Vec<String> = alone.map(|check| format!("coalesce(({}), 1)", written(check))).collect();
        if alone.is_empty() {
            return Some(pool);
        }
        let sql = format!("SELECT {} FROM (SELECT ?1 AS {})", alone.join(" AND "), quoted(column));
        let Ok(mut statement) = connection.prepare(&sql) else { return Some(pool) };
        let mut passing = Vec::new();
        for cell in &pool {
            let passes = statement.query_row(params_from_iter([cell]), |row| row.get::<_, bool>(0));
            if passes.unwrap_or(false) && !passing.contains(cell) {
                passing.push(cell.clone());
            }
        }
        Some(if passing.is_empty() { pool } else { passing })
    }
}
