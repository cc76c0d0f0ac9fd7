//! Rows that a statement may change: rows as the table holds them, with other values in the columns
//! that the statement reaches.
//!
//! The same statement gets the same candidates on every machine.

use std::collections::BTreeSet;
use std::rc::Rc;

use aludel_core::schema::{Column, Schema, Table};
use rusqlite::{Connection, Result};

use super::cell::Cell;
use super::image::{Row, TableImage};
use super::plan::SeedPlan;
use super::values::{self, Sort};
use super::words::{Words, literals};
use crate::schema::affinity::Affinity;

/// How many values of the constraints and the default of a column are kept.
const OWN_WORDS: usize = 24;

/// The weight of the value that the column has already.
const KEPT: usize = 3;

/// How often a value is drawn until one suits the declared type.
const DRAWS: usize = 8;

/// Numbers that look random, and are the same on every machine.
#[derive(Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: &str) -> Self {
        Self(values::seed(seed, ""))
    }

    /// Returns a number below another.
    fn below(&mut self, end: usize) -> usize {
        self.0 = values::mixed(self.0);
        usize::try_from(self.0 >> 16).unwrap_or_default() % end.max(1)
    }

    fn one<'c, T>(&mut self, values: &'c [T]) -> Option<&'c T> {
        values.get(self.below(values.len()))
    }
}

/// A table whose rows a statement depends on.
pub(super) struct Source {
    pub(super) image: Rc<TableImage>,
    columns: Vec<Reached>,
    /// Rows to start from, if the table is empty.
    planned: Vec<Row>,
    /// The statement may change its rows.
    pub(super) is_target: bool,
}

/// A column of such a table.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
struct Reached {
    column: Column,
    nullable: bool,
    /// The statement reaches it.
    is_used: bool,
    /// No value repeats, alone or with those of other columns.
    is_key: bool,
    refers: bool,
    /// It holds values of any type.
    is_loose: bool,
    /// `None` if the declared type names no storage class.
    affinity: Option<Affinity>,
    sort: Sort,
    /// The seed of the values that no other row has.
    seed: u64,
    /// Values, and how likely each kind is.
    pools: Vec<(usize, Rc<Vec<Cell>>)>,
}

/// How the values of a row are chosen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draw {
    /// The percentage of NULL.
    pub(super) nulls: usize,
    /// Some values have another type than the declared one.
    pub(super) is_strange: bool,
    /// No two rows have the same key.
    pub(super) has_fresh_keys: bool,
}

/// A row, and the row that it was made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub(super) image: Rc<TableImage>,
    pub(super) row: Row,
    pub(super) template: Row,
}

impl Source {
    pub(super) fn new(
        connection: &Connection,
        schema: &Schema,
        image: &Rc<TableImage>,
        is_used: impl Fn(&str) -> bool,
        words: &Words,
        is_target: bool,
    ) -> Result<Option<Self>> {
        let Some(table) = schema.table(&image.name) else { return Ok(None) };
        let keys: BTreeSet<String> =
            unique_keys(connection, table, &image.name)?.into_iter().flatten().collect();
        let reached = |name: &String| {
            let (column, is_used) = (table.column(name)?, is_used(name));
            Some(Reached {
                nullable: column.not_null.is_none() && !table.is_in_primary_key(name),
                is_used,
                is_key: keys.contains(&name.to_lowercase()),
                refers: table.foreign_keys.iter().flat_map(|key| &key.columns).any(|key| key.is(name)),
                is_loose: !table.strict && table.rowid_alias().is_none_or(|alias| alias.name != column.name),
                affinity: is_typed(column).then(|| Affinity::of(column, table)),
                sort: Sort::of(column),
                seed: values::seed(name, "fresh"),
                pools: if is_used { pools(table, column, words) } else { Vec::new() },
                column: column.clone(),
            })
        };
        let columns: Option<Vec<Reached>> = image.columns.iter().map(reached).collect();
        let Some(columns) = columns else { return Ok(None) };
        let planned = if image.rows.is_empty() { planned(connection, schema, image)? } else { Vec::new() };
        let planned = planned.into_iter().map(|candidate| candidate.row).collect();
        let source = Self { image: Rc::clone(image), columns, planned, is_target };
        let is_complete = |row: &Row| row.len() == source.columns.len();
        let is_usable = !source.templates().is_empty() && source.templates().iter().all(is_complete);
        Ok(is_usable.then_some(source))
    }

    fn templates(&self) -> &[Row] {
        if self.image.rows.is_empty() { &self.planned } else { &self.image.rows }
    }

    /// Returns the row with the fewest NULLs.
    fn fullest(&self) -> Row {
        let nulls = |row: &&Row| row.iter().filter(|cell| cell.is_null()).count();
        self.templates().iter().min_by_key(nulls).cloned().unwrap_or_default()
    }

    /// Makes a row with other values in the columns that the statement reaches.
    pub(super) fn row(&self, dice: &mut Dice, number: usize, draw: Draw) -> Candidate {
        let template = dice.one(self.templates()).cloned().unwrap_or_default();
        let row = template.iter().zip(&self.columns);
        let row = row.map(|(cell, reached)| reached.draw(cell, dice, number, draw)).collect();
        Candidate { image: Rc::clone(&self.image), row, template }
    }

    /// Makes rows that a statement may change in the same way: with NULL in every other column, with
    /// the values of the fullest row, and with more around its texts.
    pub(super) fn variants(&self, candidate: &Candidate) -> Vec<Candidate> {
        let is_given = |place: usize| candidate.row.get(place) != candidate.template.get(place);
        let mut number = 900;
        let mut with = |other: &dyn Fn(&Reached, usize, &Cell) -> Cell| {
            number += 1;
            let cells = self.columns.iter().zip(&candidate.row).enumerate();
            let row = cells.map(|(place, (reached, cell))| {
                if reached.is_fresh() { reached.fresh(number) } else { other(reached, place, cell) }
            });
            Candidate { row: row.collect(), ..candidate.clone() }
        };
        let fullest = self.fullest();
        vec![
            with(&|reached, place, cell| {
                if reached.nullable && !is_given(place) { Cell::Null } else { cell.clone() }
            }),
            with(&|_, place, cell| fullest.get(place).filter(|_| !is_given(place)).unwrap_or(cell).clone()),
            with(&|reached, place, cell| match cell {
                Cell::Text(text) if is_given(place) && reached.is_used && !reached.refers => {
                    Cell::Text([b"x", text.as_slice(), b"y"].concat())
                }
                _ => cell.clone(),
            }),
        ]
    }

    /// Makes a row as the table holds them, with some values.
    pub(super) fn with(&self, number: usize, values: &[(usize, Cell)]) -> Candidate {
        let template = self.fullest();
        let cells = template.iter().zip(&self.columns).enumerate();
        let row =
            cells.map(|(place, (cell, reached))| match values.iter().find(|(other, _)| *other == place) {
                Some((_, value)) => value.clone(),
                None if reached.is_key && !reached.refers => reached.fresh(number),
                None => cell.clone(),
            });
        Candidate { image: Rc::clone(&self.image), row: row.collect(), template }
    }

    /// Returns `true` if the statement reaches a column of a key, whose values cannot repeat.
    pub(super) fn reaches_key(&self) -> bool {
        self.columns.iter().any(|reached| reached.is_used && reached.is_key)
    }

    /// Lets every column hold NULL.
    pub(super) fn relax(&mut self) {
        self.columns.iter_mut().for_each(|reached| reached.nullable = true);
    }

    /// Returns the columns that the statement reaches and that are NOT NULL.
    pub(super) fn strict_columns(&self) -> impl Iterator<Item = &str> {
        let strict =
            self.columns.iter().filter(|reached| reached.is_used && reached.column.not_null.is_some());
        strict.map(|reached| reached.column.name.as_str())
    }
}

impl Reached {
    fn draw(&self, kept: &Cell, dice: &mut Dice, number: usize, draw: Draw) -> Cell {
        let is_free = self.is_key && !self.refers;
        if !self.is_used || self.refers && dice.below(2) == 0 || draw.has_fresh_keys && is_free {
            return if is_free { self.fresh(number) } else { kept.clone() };
        }
        if self.nullable && dice.below(100) < draw.nulls {
            return Cell::Null;
        }
        let takes_any = draw.is_strange && self.is_loose && dice.below(3) == 0;
        let weights = self.pools.iter().map(|(weight, _)| weight).sum::<usize>();
        for _ in 0..DRAWS {
            let mut place = dice.below(weights + if self.is_key { 0 } else { KEPT });
            let pool = self.pools.iter().find(|(weight, _)| {
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

    fn is_fresh(&self) -> bool {
        self.is_key && !self.is_used && !self.refers
    }

    /// Returns a value that no other row has.
    fn fresh(&self, number: usize) -> Cell {
        values::unique(&self.column, self.sort, false, number + 10, 0, self.seed)
    }
}

/// Returns `true` if the declared type of a column prefers a storage class.
fn is_typed(column: &Column) -> bool {
    column.declared_type.as_ref().is_some_and(|declared| !declared.is("any") && !declared.is(""))
}

/// Returns `true` if a column with an affinity, if any, commonly holds a value.
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

/// Makes rows for a table as if it were new.
pub(super) fn planned(
    connection: &Connection,
    schema: &Schema,
    image: &Rc<TableImage>,
) -> Result<Vec<Candidate>> {
    let Some(table) = schema.table(&image.name) else { return Ok(Vec::new()) };
    let column = |name: &String| table.column(name).map(|column| (column, Sort::of(column)));
    let columns: Vec<(&Column, Sort)> = image.columns.iter().filter_map(column).collect();
    let plan = SeedPlan::new(connection, schema, &image.name, table, &columns)?;
    let row = |number| {
        let row = plan.row(number, 0);
        Candidate { image: Rc::clone(image), template: row.clone(), row }
    };
    Ok((0..plan.rows).map(row).collect())
}

fn pools(table: &Table, column: &Column, words: &Words) -> Vec<(usize, Rc<Vec<Cell>>)> {
    let checks = table.checks.iter().map(|check| &check.expression).chain(&column.default);
    let own = checks.flat_map(|expression| literals(&expression.written)).take(OWN_WORDS).collect();
    let (exact, near) = words.of(&column.name);
    let weighed = [
        (5, exact),
        (3, near),
        (5, Rc::clone(&words.json)),
        (3, Rc::clone(&words.exact)),
        (2, Rc::clone(&words.near)),
        (3, Rc::new(own)),
        (3, Rc::clone(&words.keys)),
        (3, Rc::clone(&words.usual)),
        (5, Rc::clone(&words.times)),
    ];
    weighed.into_iter().filter(|(_, pool)| !pool.is_empty()).collect()
}
