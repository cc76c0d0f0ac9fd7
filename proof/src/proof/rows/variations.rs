//! Variations: rows like those in a table, but with values that scripts often handle incorrectly.
//!
//! Variations are derived from the effects of the statements on the carried rows. Unlike a witness,
//! a variation requires no search.

use std::collections::BTreeSet;

use aludel_core::schema::{Changes, Kind, Name, Table};
use aludel_core::script::{ParsedScript, SectionKind};
use rusqlite::Result;

use super::cell::Cell;
use super::experiment::{Experiment, Ran};
use super::fill::Fill;
use super::image::{Row, TableImage};
use super::judge::RowJudge;
use super::source::unique_keys;
use super::trial::Trial;
use super::values::Sort;
use super::watch::{Number, Work};

/// The maximum number of variations of each kind that are tried.
const TRIED: usize = 24;

/// A row that is like an existing row of its table.
pub(super) struct Variation {
    table: Name,
    /// The values that differ.
    values: Vec<(String, Cell)>,
    /// The statement that must behave differently with this row. Otherwise, the row is not used.
    goal: Option<Number>,
}

impl Variation {
    fn new(table: &Name, values: Vec<(String, Cell)>) -> Self {
        Self { table: table.clone(), values, goal: None }
    }
}

impl<'a> RowJudge<'a> {
    /// Returns the variations that a script calls for.
    pub(super) fn variations(&self, made: &Changes, trial: &Trial) -> Result<Vec<Variation>> {
        let mut all = self.inexact(made, trial);
        all.extend(self.equal_but_null(made)?);
        all.extend(self.inserted_before(trial)?);
        all.retain(|variation| self.generated.contains(&variation.table));
        Ok(all)
    }

    /// Generates the row of a variation. Returns `None` if the row makes no difference.
    pub(super) fn vary(
        &self,
        script: &'a ParsedScript,
        trial: &Trial,
        number: usize,
        variation: &Variation,
    ) -> Result<Option<Fill>> {
        let Some(source) = self.source(&variation.table)? else { return Ok(None) };
        let placed = |(column, value): &(String, Cell)| Some((source.image.place(column)?, value.clone()));
        let values: Vec<(usize, Cell)> = variation.values.iter().filter_map(placed).collect();
        let fill = vec![source.with(400 + number, &values)];
        let Some(goal) = variation.goal else { return Ok(Some(fill)) };
        let Some(experiment) = Experiment::new(self, script, &trial.watch, goal) else { return Ok(None) };
        let inserted = trial.watch.works.get(&goal).map_or(0, |work| work.inserted_rows);
        let differs = match experiment.run(&fill)? {
            Ran::Completed(changed) => changed.removed > 0 || changed.added < inserted,
            Ran::Refused | Ran::Failed => false,
        };
        Ok(Some(fill).filter(|_| differs))
    }

    /// Returns values that a type change or a calculation may not restore. Examples are text that
    /// changes when it is converted to a number, and a number whose product with 100 is not exact.
    fn inexact(&self, made: &Changes, trial: &Trial) -> Vec<Variation> {
        let mut columns: BTreeSet<(Name, String)> = BTreeSet::new();
        for (name, was, is) in changed_tables(made) {
            let differs = was.columns.iter().filter(|column| {
                is.column(&column.name).is_some_and(|is| is.declared_type != column.declared_type)
            });
            columns.extend(differs.map(|column| (name.clone(), column.name.to_lowercase())));
        }
        for work in trial.watch.works.values().filter(|work| self.writes_integers(made, work)) {
            let is_decimal = |(table, column): &&(Name, String)| {
                let column = self.schema.table(table.as_str()).and_then(|table| table.column(column));
                column.is_some_and(|column| matches!(Sort::of(column), Sort::Real | Sort::Number))
            };
            columns.extend(work.reach.reads.iter().filter(is_decimal).cloned());
        }
        let variation = |(name, column): (Name, String)| {
            let definition = self.schema.table(name.as_str())?.column(&column)?;
            let value = match Sort::of(definition) {
                Sort::Text | Sort::Any => Cell::text("007"),
                Sort::Real | Sort::Number => Cell::real(19.99),
                _ => return None,
            };
            Some(Variation::new(&name, vec![(column, value)]))
        };
        columns.into_iter().filter(|column| !trial.reformed.contains(column)).filter_map(variation).collect()
    }

    fn writes_integers(&self, made: &Changes, work: &Work) -> bool {
        let table = |name: &Name| self.table_after(made, name);
        let set = work.reach.sets.iter().filter_map(|(name, column)| table(name)?.column(column));
        let inserted = work.reach.inserts.iter().filter_map(table).flat_map(|table| &table.columns);
        set.chain(inserted).any(|column| Sort::of(column) == Sort::Integer)
    }

    /// Returns rows that equal other rows, except for NULL in a column of a new NOT NULL key. If
    /// the script replaces NULL with the value of the other row, the key rejects one of the two
    /// rows.
    fn equal_but_null(&self, made: &Changes) -> Result<Vec<Variation>> {
        let mut all = Vec::new();
        for (name, was, is) in changed_tables(made) {
            let primary = is.primary_key.iter().map(|key| &key.columns);
            let keys = primary.chain(is.unique.iter().map(|key| &key.columns));
            let is_filled = |column: &&str| {
                let takes_null = was.column(column).is_some_and(|was| was.not_null.is_none());
                takes_null
                    && !was.is_in_primary_key(column)
                    && is.column(column).is_some_and(|is| is.not_null.is_some())
            };
            let columns = keys.flatten().map(|key| key.column.as_str()).filter(is_filled);
            let Some(image) = self.image.table(name) else { continue };
            let own_keys: BTreeSet<String> = self.keys_of(name)?.into_iter().flatten().collect();
            for place in columns.filter_map(|column| image.place(column)) {
                let has_value = |row: &&Vec<Cell>| row.get(place).is_some_and(|cell| !cell.is_null());
                for row in image.rows.iter().filter(has_value).take(TRIED) {
                    let mut row = row.clone();
                    if let Some(cell) = row.get_mut(place) {
                        *cell = Cell::Null;
                    }
                    let cells = image.columns.iter().cloned().zip(row);
                    let values = cells.filter(|(column, _)| !own_keys.contains(&column.to_lowercase()));
                    all.push(Variation::new(name, values.collect()));
                }
            }
        }
        Ok(all)
    }

    /// Returns rows that resemble rows inserted by an upgrade: they have the same keys, and the
    /// same values in the columns that the statement reads. The statement may replace them, or
    /// insert nothing.
    fn inserted_before(&self, trial: &Trial) -> Result<Vec<Variation>> {
        let mut all = Vec::new();
        let is_upgrade = |((section, _), _): &(&Number, &Work)| *section == SectionKind::Upgrade;
        for (goal, work) in trial.watch.works.iter().filter(is_upgrade).take(TRIED) {
            for (image, row) in work.inserted() {
                let table = Name::new(&image.name);
                let is_read =
                    |column: &&String| work.reach.reads.contains(&(table.clone(), column.to_lowercase()));
                let read: Vec<String> = image.columns.iter().filter(is_read).cloned().collect();
                let mut keys = self.keys_of(&table)?;
                keys.push(read);
                let values = keys.iter().map(|key| values_of(image, row, key));
                for values in values.filter(|values| !values.is_empty()) {
                    all.push(Variation { goal: Some(*goal), ..Variation::new(&table, values) });
                }
            }
        }
        Ok(all)
    }

    fn keys_of(&self, table: &Name) -> Result<Vec<Vec<String>>> {
        let Some(definition) = self.schema.table(table.as_str()) else { return Ok(Vec::new()) };
        unique_keys(self.scratch.connection(), definition, table.as_str())
    }
}

/// Returns the values of these columns in a row of a table.
fn values_of(image: &TableImage, row: &Row, columns: &[String]) -> Vec<(String, Cell)> {
    let is_taken = |name: &String| columns.iter().any(|column| column.eq_ignore_ascii_case(name));
    let cells = image.columns.iter().zip(row);
    cells.filter(|(name, _)| is_taken(name)).map(|(name, cell)| (name.clone(), cell.clone())).collect()
}

/// Returns the tables that a script changes and keeps, each before and after the script.
fn changed_tables(made: &Changes) -> impl Iterator<Item = (&Name, &Table, &Table)> {
    let tables = made.objects.iter().filter(|((kind, _), _)| *kind == Kind::Table);
    tables.filter_map(|((_, name), change)| {
        Some((name, change.was.as_ref()?.as_table()?, change.is.as_ref()?.as_table()?))
    })
}
