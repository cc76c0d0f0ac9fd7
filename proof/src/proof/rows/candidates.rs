//! Rows that a statement may change: rows as the table holds them, with other values in the columns that the statement reaches.
//!
//! The same statement gets the same candidates on every machine.

use std::collections::BTreeSet;
use std::rc::Rc;

use aludel_core::schema::{Column, Schema, Table};
use rusqlite::{Connection, Result};

use super::cell::Cell;
use super::image::{Row, TableImage};
use super::plan::Plan;
use super::values::{self, Sort};
use super::words::{Words, literals};

/// How many values of the constraints and the default of a column are kept.
const OWN_WORDS: usize = 24;

/// Values that conditions often ask for, whatever the statement says.
const TEXTS: [&str; 20] = [
    "",
    " a ",
    "Ä",
    "abc",
    "007",
    "It's",
    "1",
    "12",
    "2021-03-04",
    "2021-03-04 05:06:07",
    "2099-12-31 00:00:00",
    "1901-01-01",
    "{\"a\": 1}",
    "a,b",
    "A b",
    "a;b",
    "a/b",
    "x@y.zz",
    "0",
    "null",
];
const INTEGERS: [i64; 9] = [-1, 0, 1, 2, 3, 7, 100, 1_099_511_627_776, 1_614_834_367];
const REALS: [f64; 4] = [1.5, 0.333_333_333_333_333_3, -0.5, 19.99];

/// Values that all tables share, so that joins meet.
const KEYS: [i64; 4] = [1, 2, 3, 4];
const KEY_TEXTS: [&str; 3] = ["k1", "k2", "k3"];

/// Numbers that look random, and are the same on every machine.
#[derive(Debug)]
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: &str) -> Self {
        Self(values::seed(seed, ""))
    }

    /// A number below another.
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 = values::mixed(self.0);
        usize::try_from(self.0 >> 16).unwrap_or_default() % end.max(1)
    }

    fn one<'c>(&mut self, cells: &'c [Cell]) -> Option<&'c Cell> {
        cells.get(self.below(cells.len()))
    }
}

/// What SQLite prefers to keep in a column (<https://sqlite.org/datatype3.html#determination_of_column_affinity>).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Affinity {
    Integer,
    Text,
    Blob,
    Real,
    Numeric,
    Any,
}

impl Affinity {
    fn of(column: &Column) -> Self {
        let declared =
            column.declared_type.as_ref().map(|name| name.as_str().to_uppercase()).unwrap_or_default();
        let has = |words: &[&str]| words.iter().any(|word| declared.contains(word));
        match () {
            () if has(&["INT"]) => Self::Integer,
            () if has(&["CHAR", "CLOB", "TEXT"]) => Self::Text,
            () if has(&["BLOB"]) => Self::Blob,
            () if declared.is_empty() || declared == "ANY" => Self::Any,
            () if has(&["REAL", "FLOA", "DOUB"]) => Self::Real,
            () => Self::Numeric,
        }
    }

    fn takes(self, cell: &Cell) -> bool {
        match self {
            Self::Integer => matches!(cell, Cell::Integer(_)),
            Self::Text => matches!(cell, Cell::Text(_)),
            Self::Blob => matches!(cell, Cell::Blob(_) | Cell::Text(_)),
            Self::Real => matches!(cell, Cell::Integer(_) | Cell::Real(_)),
            Self::Numeric => !matches!(cell, Cell::Blob(_)),
            Self::Any => true,
        }
    }
}

/// A table whose rows a statement depends on.
pub(super) struct Source {
    pub(super) image: Rc<TableImage>,
    columns: Vec<Reached>,
    templates: Vec<Row>,
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
    /// No value stands twice, alone or with those of other columns.
    is_key: bool,
    refers: bool,
    /// Kinds of values, the likelier the more often.
    pools: Vec<Rc<Vec<Cell>>>,
    /// Values of another kind than the declared type suggests.
    strange: Vec<Cell>,
}

/// How the values of a row are chosen.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draw {
    /// The percentage of NULL.
    pub(super) nulls: usize,
    /// Some values are of another kind than the declared type suggests.
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
        let keys = key_columns(connection, table, &image.name)?;
        let reached = |name: &String| {
            let column = table.column(name)?;
            let is_used = is_used(name);
            Some(Reached {
                nullable: column.not_null.is_none() && !table.is_in_primary_key(name),
                is_used,
                is_key: keys.contains(&name.to_lowercase()),
                refers: table.foreign_keys.iter().flat_map(|key| &key.columns).any(|key| key.is(name)),
                pools: if is_used { pools(table, column, words) } else { Vec::new() },
                strange: if is_used { strange(table, column, words) } else { Vec::new() },
                column: column.clone(),
            })
        };
        let columns = image.columns.iter().filter_map(reached).collect();
        let templates = if image.rows.is_empty() {
            planned(connection, schema, image, table)?
        } else {
            image.rows.clone()
        };
        let is_complete = templates.iter().all(|row| row.len() == image.columns.len());
        let source = Self { image: Rc::clone(image), columns, templates, is_target };
        Ok(Some(source).filter(|source| {
            is_complete && !source.templates.is_empty() && source.columns.len() == source.image.columns.len()
        }))
    }

    /// A row with other values in the columns that the statement reaches.
    pub(super) fn row(&self, dice: &mut Dice, number: usize, draw: Draw) -> Candidate {
        let template = self.templates.get(dice.below(self.templates.len())).cloned().unwrap_or_default();
        let row = template.iter().zip(&self.columns).map(|(cell, reached)| {
            if !reached.is_used || reached.refers && dice.below(2) == 0 {
                return if reached.is_key && !reached.refers { reached.fresh(number) } else { cell.clone() };
            }
            if draw.has_fresh_keys && reached.is_key && !reached.refers {
                return reached.fresh(number);
            }
            if reached.nullable && dice.below(100) < draw.nulls {
                return Cell::Null;
            }
            if draw.is_strange && !reached.strange.is_empty() && dice.below(3) == 0 {
                return dice.one(&reached.strange).cloned().unwrap_or_else(|| cell.clone());
            }
            let kept = if reached.is_key { 0 } else { 3 };
            match reached.pools.get(dice.below(reached.pools.len() + kept)) {
                Some(pool) => dice.one(pool).cloned().unwrap_or_else(|| cell.clone()),
                None => cell.clone(),
            }
        });
        let row = row.collect();
        Candidate { image: Rc::clone(&self.image), row, template }
    }

    /// The same change of other rows: with nothing in every other column, of the one that holds most, and with more around its texts.
    pub(super) fn variants(&self, candidate: &Candidate) -> Vec<Candidate> {
        let is_given = |place: usize| candidate.row.get(place) != candidate.template.get(place);
        let mut number = 900;
        let mut with = |other: &dyn Fn(usize, &Reached) -> Option<Cell>| {
            number += 1;
            let row = self.columns.iter().enumerate().map(|(place, reached)| {
                let is_free = reached.is_key && !reached.is_used && !reached.refers;
                let kept = candidate.row.get(place).cloned().unwrap_or(Cell::Null);
                match () {
                    () if is_free => reached.fresh(number),
                    () if is_given(place) => kept,
                    () => other(place, reached).unwrap_or(kept),
                }
            });
            Candidate { row: row.collect(), ..candidate.clone() }
        };
        let nulls = |row: &&Row| row.iter().filter(|cell| cell.is_null()).count();
        let fullest = self.templates.iter().min_by_key(nulls);
        let mut longer = with(&|_, _| None);
        for (place, cell) in longer.row.iter_mut().enumerate().filter(|(place, _)| is_given(*place)) {
            let is_free = self.columns.get(place).is_some_and(|reached| reached.is_used && !reached.refers);
            if let Cell::Text(text) = cell
                && is_free
            {
                *text = [b"x", text.as_slice(), b"y"].concat();
            }
        }
        vec![
            with(&|_, reached| reached.nullable.then_some(Cell::Null)),
            with(&|place, _| fullest.and_then(|row| row.get(place)).cloned()),
            longer,
        ]
    }

    /// A row as the table holds them, with some values.
    pub(super) fn with(&self, number: usize, values: &[(usize, Cell)]) -> Candidate {
        let nulls = |row: &&Row| row.iter().filter(|cell| cell.is_null()).count();
        let template = self.templates.iter().min_by_key(nulls).cloned().unwrap_or_default();
        let mut row: Row = template
            .iter()
            .zip(&self.columns)
            .map(
                |(cell, reached)| {
                    if reached.is_key && !reached.refers { reached.fresh(number) } else { cell.clone() }
                },
            )
            .collect();
        for (place, value) in values {
            if let Some(cell) = row.get_mut(*place) {
                *cell = value.clone();
            }
        }
        Candidate { image: Rc::clone(&self.image), row, template }
    }

    /// Returns `true` if a column belongs to a unique key.
    pub(super) fn is_key(&self, column: &str) -> bool {
        self.columns.iter().any(|reached| reached.is_key && reached.column.name.eq_ignore_ascii_case(column))
    }

    /// Returns `true` if a column only tells rows apart: the statement does not reach it.
    pub(super) fn is_fresh(&self, place: usize) -> bool {
        self.columns.get(place).is_some_and(|reached| reached.is_key && !reached.is_used && !reached.refers)
    }

    /// Lets every column hold NULL.
    pub(super) fn relax(&mut self) {
        self.columns.iter_mut().for_each(|reached| reached.nullable = true);
    }

    /// The columns that the statement reaches and that are NOT NULL.
    pub(super) fn strict_columns(&self) -> impl Iterator<Item = &str> {
        let strict =
            self.columns.iter().filter(|reached| reached.is_used && reached.column.not_null.is_some());
        strict.map(|reached| reached.column.name.as_str())
    }
}

impl Reached {
    /// A value that no other row has.
    fn fresh(&self, number: usize) -> Cell {
        let seed = values::seed(&self.column.name, "fresh");
        values::unique(&self.column, Sort::of(&self.column), false, number + 10, 0, seed)
    }
}

/// The columns of every unique key, in lowercase.
pub(super) fn key_columns(connection: &Connection, table: &Table, name: &str) -> Result<BTreeSet<String>> {
    let mut statement = connection.prepare_cached(
        "SELECT lower(column.name) FROM pragma_index_list(?1, 'main') AS list, pragma_index_info(list.name, 'main') AS column
         WHERE list.\"unique\" AND column.name IS NOT NULL",
    )?;
    let mut keys: BTreeSet<String> = statement.query_map([name], |row| row.get(0))?.collect::<Result<_>>()?;
    keys.extend(table.rowid_alias().map(|column| column.name.to_lowercase()));
    Ok(keys)
}

fn planned(connection: &Connection, schema: &Schema, image: &TableImage, table: &Table) -> Result<Vec<Row>> {
    let column = |name: &String| table.column(name).map(|column| (column, Sort::of(column)));
    let columns: Vec<(&Column, Sort)> = image.columns.iter().filter_map(column).collect();
    let plan = Plan::new(connection, schema, &image.name, table, &columns)?;
    Ok((0..plan.rows).map(|number| plan.row(number, 0, &BTreeSet::new())).collect())
}

/// Values that conditions often ask for, whatever the statement says.
fn usual() -> impl Iterator<Item = Cell> {
    let texts = TEXTS.iter().map(|text| Cell::text(*text));
    texts
        .chain(INTEGERS.map(Cell::Integer))
        .chain(REALS.map(Cell::real))
        .chain([Cell::Blob(vec![0, 255]), Cell::Blob(Vec::new())])
}

/// Returns values that SQLite keeps as they are in a column of another type.
fn strange(table: &Table, column: &Column, words: &Words) -> Vec<Cell> {
    if table.strict || table.rowid_alias().is_some_and(|alias| alias.name == column.name) {
        return Vec::new();
    }
    let affinity = Affinity::of(column);
    usual().chain(words.exact.iter().cloned()).filter(|cell| !affinity.takes(cell)).collect()
}

fn pools(table: &Table, column: &Column, words: &Words) -> Vec<Rc<Vec<Cell>>> {
    let affinity = Affinity::of(column);
    let keep = |cells: &mut dyn Iterator<Item = Cell>| -> Rc<Vec<Cell>> {
        Rc::new(cells.filter(|cell| affinity.takes(cell)).collect())
    };
    let exact = words.of(&column.name);
    let checks = table.checks.iter().map(|check| &check.expression).chain(&column.default);
    let own = checks.flat_map(|expression| literals(&expression.written)).take(OWN_WORDS);
    let keys = KEYS.map(Cell::Integer).into_iter().chain(KEY_TEXTS.map(Cell::text));
    let weighed = [
        (5, keep(&mut exact.iter().cloned())),
        (3, keep(&mut exact.iter().flat_map(super::words::near))),
        (5, keep(&mut words.json.iter().cloned())),
        (3, keep(&mut words.exact.iter().cloned())),
        (2, keep(&mut words.all.iter().cloned())),
        (3, keep(&mut own.into_iter())),
        (3, keep(&mut keys.into_iter())),
        (3, keep(&mut usual())),
        (5, keep(&mut words.times.iter().cloned())),
    ];
    let filled = weighed.into_iter().filter(|(_, pool)| !pool.is_empty());
    filled.flat_map(|(weight, pool)| vec![pool; weight]).collect()
}
