//! Finds placeholder values for a single column by asking SQLite which values its CHECK constraints
//! accept.

use std::collections::BTreeSet;

use aludel_core::schema::{Check, Column, Name, Table, identifier};
use aludel_core::script::sqlite::{TokenType, is_current_time, is_literal, tokens};
use rusqlite::Connection;

use crate::schema::affinity::Affinity;
use crate::schema::mention::mentions;

/// The row numbers with which a value that depends on the row is tried.
const ROWS: [&str; 3] = ["1", "7", "12"];

/// Finds values for the columns of a table.
#[derive(Debug, Clone, Copy)]
pub(in crate::autogenerate) struct StandIns<'a> {
    pub(in crate::autogenerate) connection: &'a Connection,
    pub(in crate::autogenerate) name: &'a str,
    /// The table before and after. Values must suit both, because they are written before it
    /// changes.
    pub(in crate::autogenerate) tables: [&'a Table; 2],
}

impl<'a> StandIns<'a> {
    /// Returns the first value that the column's own CHECK constraints accept: NULL if it is
    /// allowed, the default, zero or an empty value, or a literal from the constraints. Returns
    /// `None` if they accept none of these.
    pub(in crate::autogenerate) fn value(self, column: &Column, null: bool) -> Option<String> {
        let null = null.then(|| "NULL".to_owned());
        let default = column.default.as_ref().map(|default| in_parentheses(&default.written));
        let candidates = null.into_iter().chain(default).chain(self.literals(column));
        candidates.into_iter().find(|value| self.accepts(column, value))
    }

    /// Returns a value that differs for each row: the number of the row, appended to the present
    /// value if there is one. Returns `None` if the CHECK constraints reject it.
    pub(in crate::autogenerate) fn distinct(
        self,
        column: &Column,
        number: &str,
        own: Option<&str>,
    ) -> Option<String> {
        let value = |number: &str, own: Option<&str>| match (self.affinity(column), own) {
            (Affinity::Text, Some(own)) => format!("{own} || '-' || {number}"),
            (Affinity::Blob, Some(own)) => format!("CAST({own} || '-' || {number} AS BLOB)"),
            (Affinity::Blob, None) if self.after().strict => format!("CAST({number} AS BLOB)"),
            _ => number.to_owned(),
        };
        let fits = |row: &str| self.accepts(column, &value(row, own.map(|_| "'a'")));
        ROWS.iter().all(|row| fits(row)).then(|| value(number, own))
    }

    /// Returns `true` if the CHECK constraints on only this column accept a value.
    pub(in crate::autogenerate) fn accepts(self, column: &Column, value: &str) -> bool {
        self.own_checks(column).all(|check| self.holds(&format!("({check}) IS NOT 0"), column, value))
    }

    /// Returns the columns that a CHECK mentions.
    pub(in crate::autogenerate) fn named(self, check: &Check) -> Vec<&'a Column> {
        self.after().columns.iter().filter(|column| names(&check.expression.written, column)).collect()
    }

    /// Returns `true` if a CHECK on one column accepts every literal that a dropped CHECK accepted,
    /// for example when a value is added to an enumeration.
    pub(in crate::autogenerate) fn is_as_wide(self, new: &Check, dropped: &[&Check]) -> bool {
        let [column] = *self.named(new) else { return false };
        let new = &new.expression.written;
        let dropped = dropped.iter().map(|check| check.expression.written.as_str());
        let dropped: Vec<&str> = dropped.filter(|sql| names(sql, column)).collect();
        let accepts_all = |sql: &str| {
            let affinity = self.affinity(column);
            neighbours(sql, affinity)
                .chain(neighbours(new, affinity))
                .all(|value| self.holds(&format!("({sql}) IS 0 OR ({new}) IS NOT 0"), column, &value))
        };
        dropped.into_iter().any(accepts_all)
    }

    /// Returns `true` if a condition is true for a value of a column.
    fn holds(self, condition: &str, column: &Column, value: &str) -> bool {
        let (table, column) = (identifier(self.name), identifier(&column.name));
        let sql = format!("SELECT {condition} FROM (SELECT {value} AS {column}) AS {table}");
        self.connection.query_row(&sql, [], |row| row.get(0)).unwrap_or(false)
    }

    fn after(self) -> &'a Table {
        let [_, after] = self.tables;
        after
    }

    fn affinity(self, column: &Column) -> Affinity {
        Affinity::of(column, self.after())
    }

    /// Returns the literals to try for a column: common ones, and those in its constraints.
    fn literals(self, column: &Column) -> Vec<String> {
        let affinity = self.affinity(column);
        let common = affinity.literals().iter().map(|literal| (*literal).to_owned());
        common.chain(self.own_checks(column).flat_map(|sql| neighbours(sql, affinity))).collect()
    }

    /// Returns the CHECK constraints that mention this column and no other.
    fn own_checks(self, column: &Column) -> impl Iterator<Item = &'a str> {
        self.tables.into_iter().flat_map(move |table| {
            let others = table.columns.iter().filter(|other| other.name != column.name);
            let others: BTreeSet<Name> = others.map(|other| Name::new(other.name.as_str())).collect();
            let checks = table.checks.iter().map(|check| check.expression.written.as_str());
            checks.filter(move |sql| names(sql, column) && !mentions(sql, &others)).collect::<Vec<_>>()
        })
    }
}

fn names(sql: &str, column: &Column) -> bool {
    mentions(sql, &[Name::new(column.name.as_str())].into())
}

/// Returns the literals in a constraint, and the integers next to them.
fn neighbours(sql: &str, affinity: Affinity) -> impl Iterator<Item = String> {
    let is_number = !matches!(affinity, Affinity::Text | Affinity::Blob);
    literals(sql).into_iter().flat_map(move |literal| {
        let number = literal.parse::<i32>().ok().filter(|_| is_number);
        let next = number.into_iter().flat_map(|number| [number.checked_add(1), number.checked_sub(1)]);
        [literal.to_owned()].into_iter().chain(next.flatten().map(|number| number.to_string()))
    })
}

fn literals(sql: &str) -> Vec<&str> {
    use TokenType::{TK_BLOB, TK_FLOAT, TK_INTEGER, TK_STRING};
    let literals = tokens(sql).into_iter();
    let literals = literals.filter(|token| matches!(token.kind, TK_STRING | TK_BLOB | TK_INTEGER | TK_FLOAT));
    literals.map(|token| token.text).collect()
}

/// Returns an expression in a form that can be used as an operand.
pub(in crate::autogenerate) fn in_parentheses(expression: &str) -> String {
    if is_constant(expression) { expression.to_owned() } else { format!("({expression})") }
}

/// Returns `true` if a default is the same for each row, as `ADD COLUMN` requires
/// (<https://sqlite.org/lang_altertable.html#altertabaddcol>).
pub(in crate::autogenerate) fn is_constant(default: &str) -> bool {
    is_literal(default) && !is_current_time(default)
}
