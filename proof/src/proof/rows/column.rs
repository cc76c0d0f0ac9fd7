//! The values that a column may have in generated rows: both in the first rows of its table, and in
//! candidates for a statement.

use std::collections::BTreeSet;
use std::rc::Rc;

use aludel_core::schema::{Column, Table};
use rusqlite::Connection;

use super::cell::Cell;
use super::checks::Checks;
use super::dice::Dice;
use super::values::{self, Sort};
use super::words::{self, Words};
use crate::schema::affinity::Affinity;

/// The weight of the column's existing value.
const KEPT: usize = 3;

/// The maximum number of draws to find a value that suits the declared type.
const DRAWS: usize = 8;

/// A column of a table for which rows are generated.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(super) struct ColumnSource {
    pub(super) column: Column,
    sort: Sort,
    pub(super) nullable: bool,
    pub(super) role: Role,
    /// `true` if no value repeats, alone or in combination with other columns.
    pub(super) is_key: bool,
    pub(super) refers: bool,
    /// `true` if a statement reaches the column.
    pub(super) is_used: bool,
    /// `true` if the column accepts values of any type.
    is_loose: bool,
    /// `None` if the declared type implies no storage class.
    affinity: Option<Affinity>,
    seed: u64,
    /// The seed for values that no other row has.
    fresh_seed: u64,
    /// The values for the first rows, in order, followed by values for further attempts.
    pub(super) first: Vec<Cell>,
    /// The groups of values that a statement looks for, each with its weight.
    asked: Vec<(usize, Rc<Vec<Cell>>)>,
    /// The sum of these weights.
    weights: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// The column is the rowid.
    Rowid,
    /// No value repeats.
    Unique,
    /// No value repeats, and a CHECK restricts the values.
    UniqueOfPool,
    Common,
}

/// How the values of a candidate are chosen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draw {
    /// The percentage of NULLs.
    pub(super) nulls: usize,
    /// `true` if some values have a different type than declared.
    pub(super) is_strange: bool,
    /// `true` if no two rows have the same key.
    pub(super) has_fresh_keys: bool,
}

impl ColumnSource {
    pub(super) fn new(
        (table_name, table): (&str, &Table),
        column: &Column,
        sort: Sort,
        is_key: bool,
    ) -> Self {
        let name = &column.name;
        let is_rowid = table.rowid_alias().is_some_and(|alias| alias.name == *name);
        let role = match (is_rowid, is_alone_in_a_key(table, name)) {
            (true, _) => Role::Rowid,
            (false, true) => Role::Unique,
            (false, false) => Role::Common,
        };
        Self {
            nullable: column.not_null.is_none() && !table.is_in_primary_key(name),
            role,
            is_key,
            refers: table.foreign_keys.iter().flat_map(|key| &key.columns).any(|key| key.is(name)),
            is_used: false,
            is_loose: !table.strict && !is_rowid,
            affinity: is_typed(column).then(|| Affinity::of(column, table)),
            seed: values::seed(table_name, name),
            fresh_seed: values::seed(name, "fresh"),
            first: Vec::new(),
            asked: Vec::new(),
            weights: 0,
            sort,
            column: column.clone(),
        }
    }

    /// Collects the values for the first rows.
    pub(super) fn collect_first(&mut self, connection: &Connection, checks: &Checks<'_>) {
        let mut pool = values::common(&self.column, self.sort, self.nullable, self.seed);
        write_as_default(connection, &self.column, &mut pool);
        if let Some(mut passing) = checks.passing(connection, &self.column.name, &pool) {
            passing.extend(self.nullable.then_some(Cell::Null));
            pool = fitting(self.sort, passing);
            if self.role != Role::Common {
                self.role = Role::UniqueOfPool;
            }
        }
        self.first = pool;
    }

    /// Collects the values that a statement looks for.
    pub(super) fn collect_asked(&mut self, words: &Words) {
        let (exact, near) = words.of(&self.column.name);
        let [json, all, usual] = [&words.json, &words.exact, &words.usual].map(Rc::clone);
        let weighed = [(5, exact), (3, near), (5, json), (3, all), (3, usual)];
        self.asked = weighed.into_iter().filter(|(_, pool)| !pool.is_empty()).collect();
        self.weights = self.asked.iter().map(|(weight, _)| weight).sum();
        self.is_used = true;
    }

    /// Collects the values of rows that a script may harm. A database probably contains such rows if
    /// `is_likely`. The values of keys stay as they are, unless the script looks for others.
    pub(super) fn collect_harmed(&mut self, words: &Words, is_likely: bool) {
        let (exact, near) = words.of(&self.column.name);
        if self.refers || self.is_key && exact.is_empty() {
            return;
        }
        let near_all: Vec<Cell> = words.exact.iter().flat_map(words::near).collect();
        let others = Rc::new(values::others(self.sort, is_likely));
        let [json, all, usual] = [&words.json, &words.exact, &words.usual].map(Rc::clone);
        let pools =
            [(5, exact), (3, near), (5, json), (3, all), (2, Rc::new(near_all)), (2, usual), (5, others)];
        let fitting = |pool: Rc<Vec<Cell>>| -> Rc<Vec<Cell>> {
            Rc::new(pool.iter().filter(|cell| !is_likely || self.sort.suits(cell)).cloned().collect())
        };
        let pools = pools.into_iter().map(|(weight, pool)| (weight, fitting(pool)));
        self.asked = pools.filter(|(_, pool)| !pool.is_empty()).collect();
        self.weights = self.asked.iter().map(|(weight, _)| weight).sum();
        self.is_used = true;
    }

    /// Returns the column's value in one of the first rows. The values differ in each attempt.
    pub(super) fn first_value(&self, row: usize, attempt: usize, rows: usize) -> Cell {
        let taken =
            |place: usize| self.first.get(place % self.first.len().max(1)).cloned().unwrap_or(Cell::Null);
        match self.role {
            Role::Rowid if attempt == 0 => values::rowid(row, self.seed),
            Role::Rowid => values::rowid(row, values::mixed(self.seed.wrapping_add(attempt as u64))),
            Role::UniqueOfPool => taken(row + attempt),
            Role::Unique => values::unique(&self.column, self.sort, self.nullable, row, attempt, self.seed),
            Role::Common if attempt == 0 => {
                taken((row + usize::try_from(self.seed % 64).unwrap_or_default()) % rows)
            }
            Role::Common => {
                let mixed = values::mixed(self.seed.wrapping_add((row * 1000 + attempt) as u64));
                taken(usize::try_from(mixed % 1024).unwrap_or_default())
            }
        }
    }

    /// Returns the column's value in a candidate that is derived from a row in which the value is
    /// `kept`.
    pub(super) fn draw(&self, kept: &Cell, dice: &mut Dice, number: usize, draw: Draw) -> Cell {
        let is_free = self.is_key && !self.refers;
        if !self.is_used || draw.has_fresh_keys && is_free {
            return if is_free { self.fresh(number) } else { kept.clone() };
        }
        if self.nullable && dice.below(100) < draw.nulls {
            return Cell::Null;
        }
        let takes_any = draw.is_strange && self.is_loose && dice.below(3) == 0;
        for _ in 0..DRAWS {
            let mut place = dice.below(self.weights + if self.is_key { 0 } else { KEPT });
            let pool = self.asked.iter().find(|(weight, _)| {
                let is_here = place < *weight;
                place = place.saturating_sub(*weight);
                is_here
            });
            let Some((_, pool)) = pool else { return kept.clone() };
            if let Some(cell) = dice.one(pool).filter(|cell| takes_any || takes(self.affinity, cell)) {
                return cell.clone();
            }
        }
        kept.clone()
    }

    /// Returns a value that no other row has.
    pub(super) fn fresh(&self, number: usize) -> Cell {
        values::unique(&self.column, self.sort, false, number + 10, 0, self.fresh_seed)
    }

    /// Returns `true` if every candidate has a fresh value in this column.
    pub(super) fn is_fresh(&self) -> bool {
        self.is_key && !self.is_used && !self.refers
    }

    /// Returns `true` if no value in the first rows repeats.
    pub(super) fn holds_nothing_twice(&self) -> bool {
        self.first.iter().collect::<BTreeSet<_>>().len() == self.first.len()
    }
}

/// Keeps only values of the column's own kind, if any of them pass its constraints. For example, a
/// column of blobs with `length(uuid) = 16` gets no text.
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

/// Formats a column's dates like its default, if the default formats dates, as
/// `strftime('%Y-%m-%dT%H:%M:%SZ', 'now')` does.
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

/// Returns `true` if the declared type of a column implies a storage class.
fn is_typed(column: &Column) -> bool {
    column.declared_type.as_ref().is_some_and(|declared| !declared.is("any") && !declared.is(""))
}

/// Returns `true` if a column with this affinity commonly contains a value like this one.
fn takes(affinity: Option<Affinity>, cell: &Cell) -> bool {
    match affinity {
        Some(Affinity::Integer) => matches!(cell, Cell::Integer(_)),
        Some(Affinity::Text) => matches!(cell, Cell::Text(_)),
        Some(Affinity::Blob) => matches!(cell, Cell::Blob(_) | Cell::Text(_)),
        Some(Affinity::Real) => matches!(cell, Cell::Integer(_) | Cell::Real(_)),
        Some(Affinity::Numeric) => !matches!(cell, Cell::Blob(_)),
        None => true,
    }
}
