//! Generates sample rows for new empty tables, and values for new columns.
//!
//! SQLite decides which rows are valid: if a constraint rejects a row, other values are tried.
//! Triggers are disabled, because their effects belong to rows that a program writes. The same
//! schema gets the same rows on every machine.

use std::collections::BTreeSet;
use std::rc::Rc;

use aludel_core::schema::{Column, Definition, Kind, Name, Table};
use aludel_core::script::sqlite::{quoted, words_of};
use rusqlite::{Connection, Result, params_from_iter};

use super::cell::Cell;
use super::image::TableImage;
use super::judge::RowJudge;
use super::keys::rowid_word;
use super::source::Source;
use super::values::Sort;
use crate::schema::rebuild;

/// The maximum number of attempts for one row.
const ATTEMPTS: usize = 60;

/// The amount by which an AUTOINCREMENT counter exceeds the highest ID, as if rows had been
/// deleted.
const DELETED_ROWS: i64 = 1000;

impl RowJudge<'_> {
    /// Fills empty tables, parents first, and adds the tables from which it removed rows. Returns
    /// the tables for which no row could be generated, with the reasons.
    pub(super) fn fill_empty(
        &self,
        tables: &BTreeSet<Name>,
        written: &mut BTreeSet<Name>,
    ) -> Result<Vec<(Name, String)>> {
        let mut unfilled = Vec::new();
        if tables.is_empty() {
            return Ok(unfilled);
        }
        self.without_triggers(|_| {
            for name in self.parents_first(tables) {
                if let Some(reason) = self.fill_table(&name)? {
                    unfilled.push((name, reason));
                }
            }
            Ok(())
        })?;
        self.remove_orphans(tables, written)?;
        Ok(unfilled)
    }

    /// Fills new columns of a table if the script left them at their defaults.
    pub(super) fn fill_columns(&self, name: &str, columns: &[&Column]) -> Result<()> {
        let Some(table) = self.schema.table(name) else { return Ok(()) };
        let mut empty = Vec::new();
        for column in columns {
            if column.generated.is_none() && self.is_at_default(name, column)? {
                empty.push((*column, Sort::of(column)));
            }
        }
        self.give(name, table, &empty)
    }

    /// Fills columns of a table with values of the given kinds.
    pub(super) fn give(&self, name: &str, table: &Table, columns: &[(&Column, Sort)]) -> Result<()> {
        let Some(row_key) = row_key(table).filter(|_| !columns.is_empty()) else { return Ok(()) };
        let names = columns.iter().map(|(column, _)| column.name.clone()).collect();
        let sort = |column: &Column| {
            let given = columns.iter().find(|(other, _)| other.name == column.name);
            given.map_or_else(|| Sort::of(column), |(_, sort)| *sort)
        };
        let Some(source) = self.first_source((name, table), names, sort)? else { return Ok(()) };
        self.without_triggers(|_| self.update(&row_key, &source))
    }

    fn first_source(
        &self,
        (name, table): (&str, &Table),
        columns: Vec<String>,
        sort: impl Fn(&Column) -> Sort,
    ) -> Result<Option<Source>> {
        let image = Rc::new(TableImage { name: name.to_owned(), columns, ..TableImage::default() });
        Source::first((self.scratch.connection(), &self.schema), table, &image, sort)
    }

    fn fill_table(&self, name: &Name) -> Result<Option<String>> {
        let Some(table) = self.schema.table(name.as_str()) else {
            let object = self.schema.object(Kind::Table, name.as_str());
            let is_virtual =
                object.is_some_and(|object| matches!(object.definition(), Definition::VirtualTable(_)));
            let reason = if is_virtual { "it is a virtual table" } else { "its definition cannot be read" };
            return Ok(Some(reason.to_owned()));
        };
        let columns = table.columns.iter().filter(|column| column.generated.is_none());
        let columns: Vec<String> = columns.map(|column| column.name.clone()).collect();
        let mut refused =
            self.insert_first(self.first_source((name.as_str(), table), columns.clone(), Sort::of)?);
        if refused.as_ref().is_some_and(|words| !words.contains("constraint")) {
            // An expression in the table fails on ordinary text, so its text must be JSON.
            let json = |column: &Column| match Sort::of(column) {
                Sort::Text | Sort::Any | Sort::Blob => Sort::Json,
                sort => sort,
            };
            refused = self.insert_first(self.first_source((name.as_str(), table), columns, json)?);
        }
        if table.primary_key.as_ref().is_some_and(|key| key.autoincrement) {
            let raise = "UPDATE main.sqlite_sequence SET seq = seq + ?1 WHERE name = ?2 COLLATE NOCASE";
            self.scratch.connection().execute(raise, (DELETED_ROWS, name.as_str()))?;
        }
        Ok(refused)
    }

    /// Inserts the rows. If SQLite accepts none of them, returns its error. Otherwise, returns
    /// `None`.
    fn insert_first(&self, source: Option<Source>) -> Option<String> {
        let mut source = source?;
        let mut statement = match self.scratch.connection().prepare(&source.image.insertion("ABORT")) {
            Ok(statement) => statement,
            Err(error) => return Some(words_of(&error).0),
        };
        let mut refused = None;
        let mut made = 0;
        for number in 0..source.count() {
            for attempt in 0..ATTEMPTS {
                let row = source.first_row(number, attempt);
                match statement.execute(params_from_iter(&row)) {
                    Ok(_) => {
                        made += 1;
                        source.inserted(row);
                        break;
                    }
                    // A constraint rejected the row, or an expression failed on a value that is,
                    // for example, not JSON.
                    Err(error) => refused = Some(words_of(&error).0),
                }
            }
        }
        if let Some(row) = source.twin() {
            // SQLite may reject this row.
            let _ = statement.execute(params_from_iter(&row));
        }
        refused.filter(|_| made == 0)
    }

    fn is_at_default(&self, table: &str, column: &Column) -> Result<bool> {
        let default = column.default.as_ref().map_or("NULL", |default| default.written.as_str());
        let sql = format!(
            "SELECT NOT EXISTS (SELECT 1 FROM main.{} WHERE {} IS NOT ({default}))",
            quoted(table),
            quoted(&column.name)
        );
        let Ok(mut statement) = self.scratch.connection().prepare(&sql) else { return Ok(false) };
        statement.query_row([], |row| row.get(0))
    }

    fn update(&self, row_key: &[String], source: &Source) -> Result<()> {
        let table = quoted(&source.image.name);
        let select =
            format!("SELECT {} FROM main.{table} LIMIT {}", row_key.join(", "), super::values::MOST_ROWS);
        let mut statement = self.scratch.connection().prepare(&select)?;
        let mut rows = statement.raw_query();
        let mut keys: Vec<Vec<Cell>> = Vec::new();
        while let Some(row) = rows.next()? {
            let cells = (0..row_key.len()).map(|place| row.get_ref(place).map(Cell::from));
            keys.push(cells.collect::<Result<_>>()?);
        }
        drop(rows);
        let set: Vec<String> =
            source.image.columns.iter().map(|column| format!("{} = ?", quoted(column))).collect();
        let is: Vec<String> = row_key.iter().map(|column| format!("{column} IS ?")).collect();
        let sql = format!("UPDATE OR ABORT main.{table} SET {} WHERE {}", set.join(", "), is.join(" AND "));
        let mut statement = self.scratch.connection().prepare(&sql)?;
        for (number, key) in keys.iter().enumerate() {
            for attempt in 0..ATTEMPTS {
                let row = source.first_row(number, attempt);
                if statement.execute(params_from_iter(row.iter().chain(key))).is_ok() {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Sorts the tables so that each follows those that it refers to, except in cycles.
    fn parents_first(&self, tables: &BTreeSet<Name>) -> Vec<Name> {
        let mut order = Vec::new();
        let mut seen = BTreeSet::new();
        for table in tables {
            let mut open = vec![(table.clone(), false)];
            while let Some((name, is_done)) = open.pop() {
                if is_done {
                    order.push(name);
                } else if tables.contains(&name) && seen.insert(name.clone()) {
                    let keys = self.schema.table(name.as_str()).map(|table| table.foreign_keys.clone());
                    open.push((name, true));
                    open.extend(keys.into_iter().flatten().map(|key| (key.parent, false)));
                }
            }
        }
        order
    }
}

/// Deletes the dangling rows in a table. Returns the number of deleted rows.
pub(super) fn remove_dangling(connection: &Connection, table: &Name) -> Result<usize> {
    let check = format!("PRAGMA main.foreign_key_check({})", quoted(table.as_str()));
    let Ok(mut statement) = connection.prepare(&check) else { return Ok(0) };
    let rowids = statement.query_map([], |row| row.get::<_, Option<i64>>(1)).and_then(Iterator::collect);
    let Ok(rowids) = rowids else { return Ok(0) };
    let rowids: BTreeSet<Option<i64>> = rowids;
    let own = rowid_word(connection, table)?;
    let delete = format!("DELETE FROM main.{} WHERE {own} = ?1", quoted(table.as_str()));
    let mut removed = 0;
    for rowid in rowids.into_iter().flatten() {
        removed += connection.execute(&delete, [rowid])?;
    }
    Ok(removed)
}

/// Returns the columns that identify a row in an UPDATE, or `None` if there are none.
fn row_key(table: &Table) -> Option<Vec<String>> {
    if table.without_rowid {
        let key = table.primary_key.iter().flat_map(|key| &key.columns);
        return Some(key.map(|key| quoted(key.column.as_str())).collect());
    }
    rebuild::rowid_word(table).map(|word| vec![word.to_owned()])
}
