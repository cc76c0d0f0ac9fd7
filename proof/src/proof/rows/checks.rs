//! CHECK constraints, and the values that pass them.

use std::collections::BTreeSet;

use aludel_core::schema::{Check, Table};
use aludel_core::script::sqlite::quoted;
use rusqlite::{Connection, params_from_iter};

use super::cell::Cell;
use super::words::{literals, names};

/// The CHECK constraints of a table, and the columns that each names.
pub(super) struct Checks<'a> {
    checks: Vec<(&'a Check, BTreeSet<String>)>,
}

/// Those that name one column.
pub(super) struct Naming<'a> {
    all: Vec<&'a Check>,
    alone: Vec<&'a Check>,
    /// The values that they name.
    pub(super) literals: Vec<Cell>,
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

    pub(super) fn naming(&self, column: &str) -> Naming<'a> {
        let column = column.to_lowercase();
        let of_it = || self.checks.iter().filter(|(_, names)| names.contains(&column));
        let all: Vec<&Check> = of_it().map(|(check, _)| *check).collect();
        let alone = of_it().filter(|(_, names)| names.len() == 1).map(|(check, _)| *check).collect();
        let literals = all.iter().flat_map(|check| literals(&check.expression.written)).collect();
        Naming { all, alone, literals }
    }
}

impl Naming<'_> {
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn words(&self) -> String {
        self.all.iter().map(|check| check.expression.written.as_str()).collect::<Vec<_>>().join(" ")
    }

    /// Returns the values that pass the constraints on this column alone, or all of them if none
    /// does. SQLite evaluates the constraints.
    pub(super) fn passing(&self, connection: &Connection, column: &str, pool: Vec<Cell>) -> Vec<Cell> {
        if self.alone.is_empty() {
            return pool;
        }
        let checks: Vec<String> =
            self.alone.iter().map(|check| format!("coalesce(({}), 1)", check.expression.written)).collect();
        let sql = format!("SELECT {} FROM (SELECT ?1 AS {})", checks.join(" AND "), quoted(column));
        let Ok(mut statement) = connection.prepare(&sql) else { return pool };
        let mut passing = Vec::new();
        for cell in &pool {
            let passes = statement.query_row(params_from_iter([cell]), |row| row.get::<_, bool>(0));
            if passes.unwrap_or(false) && !passing.contains(cell) {
                passing.push(cell.clone());
            }
        }
        if passing.is_empty() { pool } else { passing }
    }
}
