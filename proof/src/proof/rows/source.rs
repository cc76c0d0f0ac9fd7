//! Generates rows for one table: its first rows, and candidates, which are rows that a statement
//! may change. SQLite decides which of them the table accepts.
//!
//! The same table and statement get the same rows on every machine.

use std::collections::BTreeSet;
use std::rc::Rc;

use aludel_core::schema::{Column, Schema, Table};
use rusqlite::{Connection, Result};

use super::cell::Cell;
use super::checks::Checks;
use super::column::{ColumnSource, Draw, Role};
use super::dice::Dice;
use super::image::{Row, TableImage};
use super::parents::Parents;
use super::values::{MOST_ROWS, ROWS, Sort};
use super::words::Words;

/// A table for which rows are generated.
pub(super) struct Source {
    pub(super) image: Rc<TableImage>,
    pub(super) columns: Vec<ColumnSource>,
    pub(super) keys: Vec<Parents>,
    /// The first rows that have been generated so far.
    made: Vec<Row>,
    /// `true` if a statement may change the table's rows.
    pub(super) is_target: bool,
}

/// A row, and the row from which it was derived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) image: Rc<TableImage>,
    pub(super) row: Row,
    pub(super) template: Row,
}

impl Candidate {
    /// Returns `true` if a row in the table, which may have new columns, is this row.
    pub(super) fn is(&self, row: &Row) -> bool {
        row.starts_with(&self.row)
    }
}

impl Source {
    /// Returns a source of rows like those in an image. If the image contains no rows, the first
    /// rows are generated without consulting SQLite. Returns `None` if the schema contains no such
    /// table.
    pub(super) fn new(
        connection: &Connection,
        schema: &Schema,
        image: &Rc<TableImage>,
    ) -> Result<Option<Self>> {
        let Some(table) = schema.table(&image.name) else { return Ok(None) };
        let keys = unique_keys(connection, table, &image.name)?.into_iter().flatten().collect();
        let Some(mut source) = Self::bare(table, image, &keys, Sort::of) else { return Ok(None) };
        if image.rows.is_empty() {
            source.prepare(connection, schema, table)?;
            source.made = (0..source.count()).map(|number| source.first_row(number, 0)).collect();
        }
        let is_complete = |row: &Row| row.len() == source.columns.len();
        let is_usable = source.templates().iter().all(is_complete);
        Ok(Some(source).filter(|_| is_usable))
    }

    /// Returns a source of a table's first rows, for the columns of an image. `sort` determines the
    /// kind of value for each column. Returns `None` if the image does not match the table.
    pub(super) fn first(
        (connection, schema): (&Connection, &Schema),
        table: &Table,
        image: &Rc<TableImage>,
        sort: impl Fn(&Column) -> Sort,
    ) -> Result<Option<Self>> {
        // Only candidates treat the columns of keys differently.
        let Some(mut source) = Self::bare(table, image, &BTreeSet::new(), sort) else { return Ok(None) };
        source.prepare(connection, schema, table)?;
        Ok(Some(source))
    }

    fn bare(
        table: &Table,
        image: &Rc<TableImage>,
        keys: &BTreeSet<String>,
        sort: impl Fn(&Column) -> Sort,
    ) -> Option<Self> {
        let source = |name: &String| {
            let column = table.column(name)?;
            let is_key = keys.contains(&name.to_lowercase());
            Some(ColumnSource::new((&image.name, table), column, sort(column), is_key))
        };
        let columns: Option<Vec<ColumnSource>> = image.columns.iter().map(source).collect();
        let (image, keys, made) = (Rc::clone(image), Vec::new(), Vec::new());
        columns.map(|columns| Self { image, columns, keys, made, is_target: false })
    }

    /// Collects the values for the first rows, and the keys of parent rows.
    fn prepare(&mut self, connection: &Connection, schema: &Schema, table: &Table) -> Result<()> {
        let checks = Checks::of(table);
        for column in &mut self.columns {
            column.collect_first(connection, &checks);
        }
        for key in &table.foreign_keys {
            let parents = Parents::new(connection, schema, &self.image.name, &self.columns, key)?;
            self.keys.extend(parents);
        }
        Ok(())
    }

    /// Adds the values that a statement looks for to the columns that it reaches.
    pub(super) fn reached(mut self, words: &Words, is_used: impl Fn(&str) -> bool) -> Self {
        let used = self.columns.iter_mut().filter(|source| is_used(&source.column.name));
        used.for_each(|source| source.collect_asked(words));
        self
    }

    /// Returns the number of first rows to generate.
    pub(super) fn count(&self) -> usize {
        let common = self.columns.iter().filter(|column| column.role == Role::Common);
        let longest = common.map(|column| column.first.len());
        // The number of parents. Two rows share a parent, so one parent has no rows.
        let parents = self.keys.iter().map(|key| key.keys.len());
        longest.chain(parents).max().unwrap_or(ROWS).clamp(ROWS, MOST_ROWS)
    }

    /// Generates one of the first rows. The values differ in each attempt.
    pub(super) fn first_row(&self, row: usize, attempt: usize) -> Row {
        let rows = self.count();
        let mut cells: Vec<Option<Cell>> = vec![None; self.columns.len()];
        let mut turns = attempt;
        for key in &self.keys {
            key.choose(row, turns, rows, &mut cells);
            turns /= key.keys.len().max(1);
        }
        let value = |(column, cell): (&ColumnSource, Option<Cell>)| {
            cell.unwrap_or_else(|| column.first_value(row, attempt, rows))
        };
        let mut made: Row = self.columns.iter().zip(cells).map(value).collect();
        for key in self.keys.iter().filter(|key| key.keys.is_empty() && !key.nullable) {
            let own = key.own.iter().flatten().map(|place| made.get(*place).cloned());
            let own: Vec<Option<Cell>> = own.collect();
            for (place, cell) in key.columns.iter().zip(own) {
                if let (Some(slot), Some(cell)) = (made.get_mut(*place), cell) {
                    *slot = cell;
                }
            }
        }
        made
    }

    /// Generates a row that equals one of the first rows in every column that allows duplicates.
    /// Constraints on several columns may reject it. Returns `None` if no such row is useful.
    pub(super) fn twin(&self) -> Option<Row> {
        let common = || self.columns.iter().filter(|column| column.role == Role::Common);
        let is_wanted = common().count() > 1 || common().any(ColumnSource::holds_nothing_twice);
        if !is_wanted || self.made.is_empty() {
            return None;
        }
        let (fullest, rows) = (self.fullest(), self.count());
        let cells = self.columns.iter().zip(fullest).map(|(column, cell)| match column.role {
            Role::Common => cell,
            Role::Rowid | Role::Unique | Role::UniqueOfPool => column.first_value(rows, 0, rows),
        });
        Some(cells.collect())
    }

    /// Records that a first row was inserted, so that the next rows can refer to it.
    pub(super) fn inserted(&mut self, row: Row) {
        for key in &mut self.keys {
            let Some(own) = &key.own else { continue };
            key.keys.push(own.iter().filter_map(|place| row.get(*place).cloned()).collect());
        }
        self.made.push(row);
    }

    fn templates(&self) -> &[Row] {
        if self.image.rows.is_empty() { &self.made } else { &self.image.rows }
    }

    /// Returns the row with the fewest NULLs.
    fn fullest(&self) -> Row {
        let nulls = |row: &&Row| row.iter().filter(|cell| cell.is_null()).count();
        self.templates().iter().min_by_key(nulls).cloned().unwrap_or_default()
    }

    /// Generates a candidate with different values in the columns that the statement reaches.
    pub(super) fn row(&self, dice: &mut Dice, number: usize, draw: Draw) -> Candidate {
        let template = dice.one(self.templates()).cloned().unwrap_or_default();
        let row = template.iter().zip(&self.columns);
        let row = row.map(|(cell, column)| column.draw(cell, dice, number, draw)).collect();
        Candidate { image: Rc::clone(&self.image), row, template }
    }

    /// Generates variants of a candidate that the statement may change in the same way. They have
    /// NULLs in the other columns, values from the row with the fewest NULLs, or characters added
    /// around their text.
    pub(super) fn variants(&self, candidate: &Candidate) -> Vec<Candidate> {
        let is_given = |place: usize| candidate.row.get(place) != candidate.template.get(place);
        let mut number = 900;
        let mut with =
            |other: &dyn Fn(&ColumnSource, usize, &Cell) -> Cell| {
                number += 1;
                let cells = self.columns.iter().zip(&candidate.row).enumerate();
                let row = cells.map(|(place, (column, cell))| {
                    if column.is_fresh() { column.fresh(number) } else { other(column, place, cell) }
                });
                Candidate { row: row.collect(), ..candidate.clone() }
            };
        let fullest = self.fullest();
        vec![
            with(&|column, place, cell| {
                if column.nullable && !is_given(place) { Cell::Null } else { cell.clone() }
            }),
            with(&|_, place, cell| fullest.get(place).filter(|_| !is_given(place)).unwrap_or(cell).clone()),
            with(&|column, place, cell| match cell {
                Cell::Text(text) if is_given(place) && column.is_used && !column.refers => {
                    Cell::Text([b"x", text.as_slice(), b"y"].concat())
                }
                _ => cell.clone(),
            }),
        ]
    }

    /// Generates a candidate like the table's existing rows, but with these values.
    pub(super) fn with(&self, number: usize, values: &[(usize, Cell)]) -> Candidate {
        let template = self.fullest();
        let cells = template.iter().zip(&self.columns).enumerate();
        let row =
            cells.map(|(place, (cell, column))| match values.iter().find(|(other, _)| *other == place) {
                Some((_, value)) => value.clone(),
                None if column.is_key && !column.refers => column.fresh(number),
                None => cell.clone(),
            });
        Candidate { image: Rc::clone(&self.image), row: row.collect(), template }
    }

    /// Allows NULL in every column.
    pub(super) fn relax(&mut self) {
        self.columns.iter_mut().for_each(|column| column.nullable = true);
    }

    /// Returns the NOT NULL columns that the statement reaches.
    pub(super) fn strict_columns(&self) -> impl Iterator<Item = &str> {
        let strict = self.columns.iter().filter(|source| source.is_used && source.column.not_null.is_some());
        strict.map(|source| source.column.name.as_str())
    }
}

/// Returns the columns of each unique key of a table, in lowercase.
pub(super) fn unique_keys(connection: &Connection, table: &Table, name: &str) -> Result<Vec<Vec<String>>> {
    let mut statement = connection.prepare_cached(
        "SELECT group_concat(column.name, char(0)) FROM pragma_index_list(?1, 'main') AS list, pragma_index_info(list.name, 'main') AS column
         WHERE list.\"unique\" AND column.name IS NOT NULL GROUP BY list.seq",
    )?;
    let mut keys: Vec<String> = statement.query_map([name], |row| row.get(0))?.collect::<Result<_>>()?;
    keys.extend(table.rowid_alias().map(|column| column.name.clone()));
    Ok(keys.iter().map(|key| key.split('\0').map(str::to_lowercase).collect()).collect())
}
