//! The plan for the sample rows of one table: a value for each column, for each row and each
//! attempt.

use std::collections::BTreeSet;

use aludel_core::schema::{Column, Schema, Table};
use rusqlite::{Connection, Result};

use super::cell::Cell;
use super::checks::Checks;
use super::parents::Parents;
use super::values::{self, MOST_ROWS, ROWS, Sort};

/// The plan for the rows of one table.
pub(super) struct SeedPlan {
    pub(super) columns: Vec<Planned>,
    pub(super) keys: Vec<Parents>,
    /// The number of rows.
    pub(super) rows: usize,
    /// The first row with the fewest NULLs.
    fullest: Option<Vec<Cell>>,
}

/// The plan for one column.
pub(super) struct Planned {
    pub(super) name: String,
    column: Column,
    sort: Sort,
    pub(super) nullable: bool,
    role: Role,
    /// Its values in turn, and the values for further attempts.
    pool: Vec<Cell>,
    seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It is the rowid.
    Rowid,
    /// No value repeats.
    Unique,
    /// No value repeats, and a CHECK restricts the values.
    UniqueOfPool,
    Common,
}

impl SeedPlan {
    /// Plans rows for columns of a table. Generated columns are never among them.
    pub(super) fn new(
        connection: &Connection,
        schema: &Schema,
        name: &str,
        table: &Table,
        columns: &[(&Column, Sort)],
    ) -> Result<Self> {
        let checks = Checks::of(table);
        let columns: Vec<Planned> = columns
            .iter()
            .map(|(column, sort)| Planned::new(connection, name, table, column, *sort, &checks))
            .collect();
        let mut keys = Vec::new();
        for key in &table.foreign_keys {
            keys.extend(Parents::new(connection, schema, name, &columns, key)?);
        }
        let longest = columns.iter().filter_map(|column| match column.role {
            Role::Common => Some(column.pool.len()),
            Role::Rowid | Role::Unique | Role::UniqueOfPool => None,
        });
        // As many as there are parents: two have the same one, so that one has none.
        let parents = keys.iter().map(|key| key.keys.len());
        let rows = longest.chain(parents).max().unwrap_or(ROWS).clamp(ROWS, MOST_ROWS);
        Ok(Self { columns, keys, rows, fullest: None })
    }

    /// Makes a row. The values differ at each attempt.
    pub(super) fn row(&self, row: usize, attempt: usize) -> Vec<Cell> {
        let mut cells: Vec<Option<Cell>> = vec![None; self.columns.len()];
        let mut turns = attempt;
        for key in &self.keys {
            key.choose(row, turns, self.rows, &mut cells);
            turns /= key.keys.len().max(1);
        }
        let value = |(place, column): (usize, &Planned)| {
            let taken = cells.get_mut(place).and_then(Option::take);
            taken.unwrap_or_else(|| column.value(row, attempt, self.rows))
        };
        let mut made: Vec<Cell> = self.columns.iter().enumerate().map(value).collect();
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

    /// Makes a row that may be refused: it equals another in all columns that may repeat, for
    /// constraints on several columns.
    pub(super) fn twin(&self) -> Option<Vec<Cell>> {
        let row = self.fullest.as_ref()?;
        let common = || self.columns.iter().filter(|column| column.role == Role::Common);
        let is_wanted = common().count() > 1 || common().any(Planned::holds_nothing_twice);
        let cells = self.columns.iter().zip(row).map(|(column, cell)| match column.role {
            Role::Common => cell.clone(),
            Role::Rowid | Role::Unique | Role::UniqueOfPool => column.value(self.rows, 0, self.rows),
        });
        is_wanted.then(|| cells.collect())
    }

    /// Records a row that was inserted, so that the next can refer to it.
    pub(super) fn inserted(&mut self, row: &[Cell]) {
        let nulls = |row: &[Cell]| row.iter().filter(|cell| cell.is_null()).count();
        if self.fullest.as_ref().is_none_or(|fullest| nulls(row) < nulls(fullest)) {
            self.fullest = Some(row.to_vec());
        }
        for key in &mut self.keys {
            let Some(own) = &key.own else { continue };
            key.keys.push(own.iter().filter_map(|place| row.get(*place).cloned()).collect());
        }
    }

    pub(super) fn place(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|planned| planned.name.eq_ignore_ascii_case(column))
    }
}

impl Planned {
    fn new(
        connection: &Connection,
        table_name: &str,
        table: &Table,
        column: &Column,
        sort: Sort,
        checks: &Checks<'_>,
    ) -> Self {
        let seed = values::seed(table_name, &column.name);
        let in_key = table.is_in_primary_key(&column.name);
        let nullable = column.not_null.is_none() && !in_key;
        let is_unique = is_alone_in_a_key(table, &column.name);
        let is_rowid = table.rowid_alias().is_some_and(|alias| alias.name == column.name);
        let mut pool = values::common(column, sort, nullable, seed);
        write_as_default(connection, column, &mut pool);
        let checked = checks.naming(&column.name);
        if !checked.is_empty() {
            pool.extend(values::for_check(&checked.words(), &checked.literals));
            if nullable {
                pool.push(Cell::Null);
            }
            pool = fitting(sort, checked.passing(connection, &column.name, pool));
        }
        let role = match (is_rowid, is_unique, checked.is_empty()) {
            (true, _, true) => Role::Rowid,
            (true, _, false) | (false, true, false) => Role::UniqueOfPool,
            (false, true, true) => Role::Unique,
            (false, false, _) => Role::Common,
        };
        let (name, column) = (column.name.clone(), column.clone());
        Self { name, column, sort, nullable, role, pool, seed }
    }

    fn value(&self, row: usize, attempt: usize, rows: usize) -> Cell {
        let taken =
            |place: usize| self.pool.get(place % self.pool.len().max(1)).cloned().unwrap_or(Cell::Null);
        match self.role {
            Role::Rowid if attempt == 0 => values::rowid(row, self.seed),
            Role::Rowid => values::rowid(row, values::mixed(self.seed.wrapping_add(attempt as u64))),
            Role::UniqueOfPool => taken(row + attempt),
            Role::Unique => self.unique(row, attempt),
            Role::Common if attempt == 0 => {
                taken((row + usize::try_from(self.seed % 64).unwrap_or_default()) % rows)
            }
            Role::Common => {
                let mixed = values::mixed(self.seed.wrapping_add((row * 1000 + attempt) as u64));
                taken(usize::try_from(mixed % 1024).unwrap_or_default())
            }
        }
    }

    fn holds_nothing_twice(&self) -> bool {
        self.pool.iter().collect::<BTreeSet<_>>().len() == self.pool.len()
    }

    fn unique(&self, row: usize, attempt: usize) -> Cell {
        values::unique(&self.column, self.sort, self.nullable, row, attempt, self.seed)
    }
}

/// Rule: if values of the column's own kind pass its constraints, others are not used: a column of
/// blobs with `length(uuid) = 16` contains no text.
fn fitting(sort: Sort, pool: Vec<Cell>) -> Vec<Cell> {
    let fits = |cell: &Cell| match sort {
        Sort::Blob => matches!(cell, Cell::Blob(_)),
        Sort::Integer | Sort::BigInteger | Sort::Real | Sort::Number | Sort::Flag => {
            matches!(cell, Cell::Integer(_) | Cell::Real(_))
        }
        _ => true,
    };
    if !pool.iter().any(fits) {
        return pool;
    }
    pool.into_iter().filter(|cell| cell.is_null() || fits(cell)).collect()
}

/// Rule: if a default formats dates, as `strftime('%Y-%m-%dT%H:%M:%SZ', 'now')` does, the dates of
/// the column have the same format.
fn write_as_default(connection: &Connection, column: &Column, pool: &mut [Cell]) {
    let Some(default) = column.default.as_ref().filter(|default| default.canonical.contains("strftime"))
    else {
        return;
    };
    let Some(form) = default.written.split('\'').find(|text| text.contains('%')) else { return };
    for cell in pool.iter_mut().filter(|cell| !cell.is_null()) {
        let written = connection
            .query_row("SELECT strftime(?1, ?2)", (form, &*cell), |row| row.get_ref(0).map(Cell::from));
        if let Ok(written @ Cell::Text(_)) = written {
            *cell = written;
        }
    }
}

fn is_alone_in_a_key(table: &Table, column: &str) -> bool {
    let primary = table.primary_key.iter().map(|key| &key.columns);
    let unique = table.unique.iter().map(|unique| &unique.columns);
    primary.chain(unique).any(|columns| matches!(columns.as_slice(), [only] if only.column.is(column)))
}
