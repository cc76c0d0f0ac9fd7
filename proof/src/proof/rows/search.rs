//! Searches for witnesses: rows that a statement changes.
//!
//! The statement itself runs on tables filled with candidates, under the real schema, and
//! everything is rolled back. SQLite decides what the statement's conditions mean. The number of
//! tries is limited, both for each statement and for the whole chain.

use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};

use aludel_core::guarded::rolled_back;
use aludel_core::schema::{Kind, Name};
use aludel_core::script::ParsedScript;
use aludel_core::script::sqlite::quoted;
use rusqlite::Result;

use super::cell::Cell;
use super::column::Draw;
use super::dice::Dice;
use super::experiment::{Experiment, Ran};
use super::fill::Fill;
use super::image::Row;
use super::judge::RowJudge;
use super::reach::Reach;
use super::source::{Candidate, Source};
use super::watch::{Number, Watch};
use super::words::{self, Words};

/// The number of rounds. Each uses one of the modes.
const ROUNDS: usize = 40;

/// The number of rows in a full table.
const FULL: usize = 24;

/// The rounds in which columns also get values of types other than the declared ones.
const STRANGE: Range<usize> = 30..40;

/// The range of row counts that a statement may require, for example with `LIMIT`.
const COUNTED: RangeInclusive<i64> = 24..=500;

/// The date and time functions (<https://sqlite.org/lang_datefunc.html>).
pub(super) const TIME_FUNCTIONS: [&str; 7] =
    ["date", "time", "datetime", "julianday", "strftime", "timediff", "unixepoch"];

/// The table-valued JSON functions (<https://sqlite.org/json1.html#jeach>), which SQLite reports as
/// tables.
const JSON_TABLES: [&str; 4] = ["json_each", "json_tree", "jsonb_each", "jsonb_tree"];

/// How the tables are filled in a round: the number of rows in tables that the statement may
/// change, the number in other tables, and the percentage of NULLs.
pub(super) type Mode = (usize, usize, usize);

const MODES: [Mode; 10] = [
    (6, 6, 12),
    (FULL, 6, 12),
    (FULL, 24, 12),
    (FULL, 0, 12),
    (FULL, 3, 40),
    (FULL, 3, 0),
    (1, 1, 20),
    (2, 3, 12),
    (1, 2, 0),
    (1, 0, 12),
];

/// The result of a search.
#[derive(Default)]
pub(super) enum Found {
    /// Rows that the statement changes.
    Witness(Fill),
    /// A row that the schema allows, but on which the statement fails.
    Breaker(Fill),
    #[default]
    Nothing,
}

/// A search on behalf of one statement.
pub(super) struct Search<'j, 'a> {
    judge: &'j RowJudge<'a>,
    experiment: Experiment<'j, 'a>,
    tables: Tables,
    dice: Dice,
}

impl<'j, 'a> Search<'j, 'a> {
    /// Prepares a search. Returns `None` if the effect of the statement depends on no table.
    pub(super) fn new(
        judge: &'j RowJudge<'a>,
        script: &'a ParsedScript,
        watch: &Watch,
        goal: Number,
    ) -> Result<Option<Self>> {
        let Some(experiment) = Experiment::new(judge, script, watch, goal) else { return Ok(None) };
        let Some(work) = watch.works.get(&goal) else { return Ok(None) };
        let sql = script.source.text.get(work.span.clone()).unwrap_or_default();
        let mut reads = work.reach.reads.clone();
        reads.extend(judge.origins(&work.reach.reads));
        let columns: BTreeSet<String> = reads.iter().map(|(_, column)| column.clone()).collect();
        let words = judge.words(sql, &columns, &work.reach)?;
        let mut sources = Vec::new();
        for name in judge.deciding_tables(watch, goal, &work.reach) {
            let Some(image) = judge.image.table(&name) else { continue };
            let is_reached = work.reach.tables.contains(&name);
            let is_used = |column: &str| {
                let column = column.to_lowercase();
                if is_reached { reads.contains(&(name.clone(), column)) } else { columns.contains(&column) }
            };
            let Some(source) = Source::new(judge.scratch.connection(), &judge.schema, image)? else {
                continue;
            };
            let is_target = !is_reached || is_target(&work.reach, &experiment.shows, &name);
            let mut source = source.reached(&words, is_used);
            source.is_target = is_target;
            sources.push(source);
        }
        let tables = Tables { sources, counts: counted(&words) };
        let search = Self { judge, experiment, tables, dice: Dice::new(sql) };
        Ok(Some(search).filter(|search| !search.tables.sources.is_empty()))
    }

    /// Changes the search to rows that exist only after the upgrade.
    pub(super) fn after_upgrade(self) -> Self {
        Self { experiment: self.experiment.after_upgrade(), ..self }
    }

    /// Searches for rows that the statement changes.
    pub(super) fn run(&mut self) -> Result<Found> {
        let Self { judge, experiment, tables, dice } = self;
        experiment.series(&tables.sources, |experiment| {
            let mut breaker = None;
            for (round, mode) in MODES.iter().cycle().enumerate().take(ROUNDS) {
                let is_strange = STRANGE.contains(&round);
                let fill = tables.fill(dice, *mode, round);
                let witness = match experiment.run(&fill)? {
                    Ran::Completed(changed) => {
                        changed.is_any().then(|| (fill, changed.was.into_iter().next()))
                    }
                    Ran::Refused | Ran::Failed => {
                        let one = tables.one_by_one(experiment, &fill, &mut breaker, is_strange)?;
                        one.map(|one| (one, None))
                    }
                };
                if let Some((fill, changed)) = witness {
                    return tables.settle(experiment, fill, changed.as_ref()).map(Found::Witness);
                }
                if judge.tries_left.get() == 0 {
                    break;
                }
            }
            Ok(breaker.map_or(Found::Nothing, Found::Breaker))
        })
    }

    /// Returns rows that the statement does not copy completely. `inserted` is the number of rows
    /// that it inserts without them. Returns `None` if it copies all of them.
    pub(super) fn not_copied(&mut self, inserted: usize) -> Result<Option<Fill>> {
        let Self { experiment, tables, dice, .. } = self;
        experiment.series(&tables.sources, |experiment| {
            let is_all = |added: usize| added == inserted || added == inserted + FULL;
            let fill = tables.fill(dice, (FULL, 6, 12), 0);
            Ok(match experiment.run(&fill)? {
                Ran::Completed(changed) if !is_all(changed.added) => Some(fill),
                _ => None,
            })
        })
    }

    /// Returns `true` if the statement would change rows if every column accepted NULL.
    pub(super) fn find_idle(mut self) -> Result<bool> {
        let strict = |source: &Source| {
            let columns = source.strict_columns().map(str::to_owned);
            columns.map(|column| (source.image.name.clone(), column)).collect::<Vec<_>>()
        };
        let strict: Vec<(String, String)> = self.tables.sources.iter().flat_map(strict).collect();
        if strict.is_empty() {
            return Ok(false);
        }
        self.tables.sources.iter_mut().for_each(Source::relax);
        let scratch = &self.judge.scratch;
        rolled_back(scratch.connection(), || {
            for (table, column) in strict {
                let (table, column) = (quoted(&table), quoted(&column));
                // If the constraint cannot be dropped, the column stays as it is.
                let _ =
                    scratch.control(&format!("ALTER TABLE main.{table} ALTER COLUMN {column} DROP NOT NULL"));
            }
            let mut is_idle = false;
            for (round, nulls) in [40, 70, 20].into_iter().enumerate() {
                let fill = self.tables.fill(&mut self.dice, (FULL, 6, nulls), round);
                is_idle = is_idle || self.experiment.is_at_work(&fill)?;
            }
            Ok(is_idle)
        })?
    }
}

/// The tables that a search fills.
pub(super) struct Tables {
    pub(super) sources: Vec<Source>,
    /// The number of rows that the statement may count to.
    pub(super) counts: Option<usize>,
}

impl Tables {
    fn source(&self, candidate: &Candidate) -> Option<&Source> {
        self.sources.iter().find(|source| source.image.name == candidate.image.name)
    }

    /// Generates rows for a round.
    pub(super) fn fill(&self, dice: &mut Dice, (targets, others, nulls): Mode, round: usize) -> Fill {
        let is_strange = STRANGE.contains(&round);
        let counts = self.counts.filter(|_| is_strange && round % MODES.len() == 1);
        let targets = counts.unwrap_or(targets);
        let draw = Draw { nulls, is_strange, has_fresh_keys: targets > FULL };
        let mut fill = Fill::new();
        for source in &self.sources {
            let count = if source.is_target { targets } else { others };
            let rows = (0..count).map(|number| source.row(dice, 100 * (round + 1) + number, draw));
            fill.extend(rows);
        }
        fill
    }

    /// Tries the rows on which the statement fails, one at a time. Returns `None` if the statement
    /// changes none of them.
    fn one_by_one(
        &self,
        experiment: &Experiment<'_, '_>,
        fill: &[Candidate],
        breaker: &mut Option<Fill>,
        is_strange: bool,
    ) -> Result<Option<Fill>> {
        let is_target = |row: &Candidate| self.source(row).is_some_and(|source| source.is_target);
        let (targets, others): (Vec<_>, Vec<_>) = fill.iter().cloned().partition(is_target);
        for target in targets {
            let one: Fill = others.iter().cloned().chain([target]).collect();
            match experiment.run(&one)? {
                Ran::Completed(changed) if changed.is_any() => return Ok(Some(one)),
                Ran::Refused if breaker.is_none() && !is_strange => *breaker = Some(one),
                _ => {}
            }
        }
        Ok(None)
    }

    /// Removes the rows that are not needed for the effect, and adds variants of the changed row.
    fn settle(&self, experiment: &Experiment<'_, '_>, fill: Fill, changed: Option<&Row>) -> Result<Fill> {
        let fill = experiment.shrink(fill, changed)?;
        let target = |row: &Candidate| self.source(row).filter(|source| source.is_target);
        let Some((row, source)) = fill.iter().find_map(|row| Some((row, target(row)?))) else {
            return Ok(fill);
        };
        let mut all = fill.clone();
        all.extend(source.variants(row));
        let Ran::Completed(changed) = experiment.run(&all)? else { return Ok(fill) };
        let is_changed = |candidate: &Candidate| changed.was.iter().any(|row| candidate.is(row));
        all.retain(|row| fill.contains(row) || is_changed(row));
        Ok(if is_changed(row) { all } else { fill })
    }
}

impl RowJudge<'_> {
    /// Returns the tables that determine what a statement does, as they are before the script. If
    /// the script creates one of these tables, adds the tables that earlier statements reach.
    fn deciding_tables(&self, watch: &Watch, goal: Number, reach: &Reach) -> BTreeSet<Name> {
        let mut names = reach.tables.clone();
        if names.iter().any(|name| self.image.table(name).is_none()) {
            let earlier = watch.works.range(..goal);
            names.extend(earlier.flat_map(|(_, work)| work.reach.tables.iter().cloned()));
        }
        names.retain(|name| !self.is_settled(name));
        names
    }

    /// Reads the literals in a statement, and in the triggers and views that it uses.
    pub(super) fn words(&self, sql: &str, columns: &BTreeSet<String>, reach: &Reach) -> Result<Words> {
        let programs = reach.programs.iter().flat_map(|name| {
            [Kind::Trigger, Kind::View].into_iter().filter_map(|kind| self.schema.object(kind, name.as_str()))
        });
        let sql = programs.fold(sql.to_owned(), |sql, program| sql + "\n" + program.sql());
        let has_table = reach.tables.iter().any(|name| JSON_TABLES.iter().any(|table| name.is(table)));
        let reads_json = |name: &String| name.starts_with("json") || name.starts_with("->");
        let reads_json = has_table || reach.functions.iter().any(reads_json);
        Words::read(&sql, columns, reads_json.then(|| self.scratch.connection()))
    }

    /// Returns the columns from which generated columns are computed.
    fn origins(&self, reads: &BTreeSet<(Name, String)>) -> Vec<(Name, String)> {
        let mut origins = Vec::new();
        for (name, column) in reads {
            let definition = self.schema.table(name.as_str()).and_then(|table| table.column(column));
            let generated = definition.and_then(|column| column.generated.as_ref());
            let names = generated.map(|generated| words::names(&generated.expression.written));
            origins.extend(names.into_iter().flatten().map(|origin| (name.clone(), origin.to_lowercase())));
        }
        origins
    }
}

fn is_target(reach: &Reach, shows: &BTreeSet<Name>, name: &Name) -> bool {
    shows.contains(name) && reach.trigger_changes.contains(name)
        || reach.changes.contains(name)
        || reach.changes.is_empty() && !reach.inserts.contains(name)
}

/// Returns a number of rows that exceeds every literal that may be a count, or `None` if there is
/// none.
pub(super) fn counted(words: &Words) -> Option<usize> {
    let count = |cell: &Cell| match cell {
        Cell::Integer(number) if COUNTED.contains(number) => usize::try_from(*number + 8).ok(),
        _ => None,
    };
    words.exact.iter().filter_map(count).max()
}
