//! What the sample rows of one table hold: a value for each column, row by row, and another one at each attempt.

use std::collections::BTreeSet;

use rusqlite::{Connection, Result};

use super::cell::Cell;
use super::checks::Checks;
use super::literals::Literals;
use super::parents::Parents;
use super::values::{self, MOST_ROWS, ROWS, Sort};
use crate::schema::{Column, Schema, Table};

/// At how many attempts only those values change that stood in the way.
const CAREFUL_ATTEMPTS: usize = 8;

/// What the rows of one table hold.
pub(super) struct Plan {
    pub(super) columns: Vec<Planned>,
    pub(super) keys: Vec<Parents>,
    /// How many rows.
    pub(super) rows: usize,
    /// The row that says the most: the first with the fewest NULLs.
    fullest: Option<Vec<Cell>>,
    /// Keys that rows may have already: columns and values.
    taken: Vec<Vec<(usize, Cell)>>,
}

/// What one column holds.
pub(super) struct Planned {
    pub(super) name: String,
    column: Column,
    sort: Sort,
    pub(super) nullable: bool,
    role: Role,
    /// The values that scripts name.
    named: Vec<Cell>,
    /// What it holds in turn, and what is tried where that is refused.
    pool: Vec<Cell>,
    /// Texts that scripts treat in a way of their own, where no value stands twice.
    texts: Vec<Cell>,
    seed: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// It stands for the rowid.
    Rowid,
    /// No value stands twice.
    Unique,
    /// No value stands twice, and a CHECK says which there are.
    UniqueOfPool,
    Common,
}

impl Plan {
    /// A plan for columns of a table, whose generated columns are never among them.
    pub(super) fn new(
        connection: &Connection,
        schema: &Schema,
        literals: &Literals,
        name: &str,
        table: &Table,
        columns: &[&Column],
    ) -> Result<Self> {
        let checks = Checks::of(table);
        let columns: Vec<Planned> = columns
            .iter()
            .map(|column| Planned::new(connection, literals, name, table, column, &checks))
            .collect();
        let mut keys = Vec::new();
        for key in &table.foreign_keys {
            keys.extend(Parents::new(connection, schema, name, &columns, key)?);
        }
        let longest = columns.iter().filter_map(|column| match column.role {
            Role::Common => Some(column.pool.len()),
            Role::Unique => Some(ROWS + column.texts.len()),
            Role::Rowid | Role::UniqueOfPool => None,
        });
        // As many as there are parents: two have the same one, so that one has none.
        let parents = keys.iter().map(|key| key.keys.len());
        let rows = longest.chain(parents).max().unwrap_or(ROWS).clamp(ROWS, MOST_ROWS);
        let mut plan = Self { columns, keys, rows, fullest: None, taken: Vec::new() };
        plan.taken = plan.taken(schema, literals, name, table);
        Ok(plan)
    }

    fn taken(
        &self,
        schema: &Schema,
        literals: &Literals,
        name: &str,
        table: &Table,
    ) -> Vec<Vec<(usize, Cell)>> {
        let rows = literals.taken(schema, name, table);
        let row = |row: Vec<(String, Cell)>| {
            row.into_iter().filter_map(|(column, cell)| Some((self.place(&column)?, cell))).collect()
        };
        rows.into_iter().map(row).collect()
    }

    /// A row. `fresh` are columns whose values stood in the way of an earlier attempt.
    pub(super) fn row(&self, row: usize, attempt: usize, fresh: &BTreeSet<usize>) -> Vec<Cell> {
        let mut cells: Vec<Option<Cell>> = vec![None; self.columns.len()];
        let mut turns = attempt;
        for key in &self.keys {
            key.choose(row, turns, self.rows, &mut cells);
            turns /= key.keys.len().max(1);
        }
        let value = |(place, column): (usize, &Planned)| {
            let is_fresh = fresh.contains(&place);
            let stays = !fresh.is_empty() && !is_fresh && attempt <= CAREFUL_ATTEMPTS;
            let taken = cells.get_mut(place).and_then(Option::take);
            taken.unwrap_or_else(|| column.value(row, if stays { 0 } else { attempt }, self.rows, is_fresh))
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

    /// Rows that may be refused, and show what the others do not: one that is like another in everything that may stand twice, for constraints
    /// on several columns; one that a script names, with nothing in its other columns; and those that have a key that a script reaches for.
    pub(super) fn extras(&self) -> Vec<Vec<Cell>> {
        let Some(row) = &self.fullest else { return Vec::new() };
        let common = || self.columns.iter().filter(|column| column.role == Role::Common);
        let is_wanted = common().count() > 1 || common().any(Planned::holds_nothing_twice);
        let twin = is_wanted.then(|| self.changed(row, self.rows, |_| None));
        let is_named = common().any(|column| !column.named.is_empty());
        let bare = |column: &Planned| column.named.first().cloned().or(column.nullable.then_some(Cell::Null));
        let named = is_named.then(|| self.changed(row, self.rows + 1, bare));
        let taken = self.taken.iter().enumerate().map(|(number, taken)| self.having(taken, row, number));
        twin.into_iter().chain(named).chain(taken).collect()
    }

    /// A row with a key that a script reaches for, and beside it, as far as that is free, with values that no script names.
    fn having(&self, taken: &[(usize, Cell)], row: &[Cell], number: usize) -> Vec<Cell> {
        let unnamed =
            |column: &Planned| column.pool.iter().find(|cell| !column.named.contains(cell)).cloned();
        let mut made = self.changed(row, self.rows + 2 + number, |_| None);
        for (place, (cell, column)) in made.iter_mut().zip(&self.columns).enumerate() {
            let refers = self.keys.iter().any(|key| key.columns.contains(&place));
            if column.role == Role::Common && column.named.contains(cell) && !refers {
                *cell = unnamed(column).unwrap_or_else(|| cell.clone());
            }
        }
        for (place, value) in taken {
            if let Some(cell) = made.get_mut(*place) {
                *cell = value.clone();
            }
        }
        made
    }

    /// A row as another number: with other values where none may stand twice, and where `other` gives one.
    fn changed(&self, row: &[Cell], number: usize, other: impl Fn(&Planned) -> Option<Cell>) -> Vec<Cell> {
        let cells = self.columns.iter().zip(row).map(|(column, cell)| match column.role {
            Role::Common => other(column).unwrap_or_else(|| cell.clone()),
            Role::Rowid | Role::Unique | Role::UniqueOfPool => column.value(number, 0, self.rows, false),
        });
        cells.collect()
    }

    /// A row that was inserted can be a parent of the next.
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
        literals: &Literals,
        table_name: &str,
        table: &Table,
        column: &Column,
        checks: &Checks<'_>,
    ) -> Self {
        let seed = values::seed(table_name, &column.name);
        let in_key = table.is_in_primary_key(&column.name);
        let nullable = column.not_null.is_none() && !in_key;
        let is_unique = is_alone_in_a_key(table, &column.name);
        let is_rowid = table.rowid_alias().is_some_and(|alias| alias.name == column.name);
        let sort = literals.sort(column);
        let named = literals.of(column);
        let mut pool = values::common(column, sort, nullable, &named, seed);
        let texts = literals.texts(column);
        pool.extend(texts.iter().cloned());
        pool.extend(literals.price(column));
        write_as_default(connection, column, &mut pool);
        let checked = checks.naming(&column.name);
        if !checked.is_empty() {
            pool.extend(values::for_check(&checked.words(), checked.literals.named(&column.name)));
            let others: Vec<Cell> = checked.literals.all().cloned().collect();
            pool.extend(others);
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
        Self { name, column, sort, nullable, role, named, pool, texts, seed }
    }

    fn value(&self, row: usize, attempt: usize, rows: usize, fresh: bool) -> Cell {
        let taken =
            |place: usize| self.pool.get(place % self.pool.len().max(1)).cloned().unwrap_or(Cell::Null);
        match self.role {
            Role::Rowid if attempt == 0 => values::rowid(row, self.seed),
            Role::Rowid => values::rowid(row, values::mixed(self.seed.wrapping_add(attempt as u64))),
            Role::UniqueOfPool => taken(row + attempt),
            Role::Unique => match row.checked_sub(ROWS).and_then(|place| self.texts.get(place)) {
                Some(text) if attempt == 0 => text.clone(),
                _ => self.unique(row, attempt),
            },
            Role::Common if fresh && attempt % 2 == 1 => self.unique(row, attempt),
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

/// Rule: where values of the column's own kind pass its constraints, no others are taken: `length(uuid) = 16` in a column of blobs is no text.
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

/// Rule: where a default writes dates in a form of its own, `strftime('%Y-%m-%dT%H:%M:%SZ', 'now')`, the dates of the column have this form.
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
