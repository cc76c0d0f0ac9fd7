//! Searches for witnesses: rows that a statement changes.
//!
//! The statement itself runs on tables filled with candidates, under the real schema, and everything is rolled back. SQLite decides what its
//! conditions mean. The search is bounded by a number of tries for each statement and for each chain.

use std::collections::BTreeSet;
use std::ops::{Range, RangeInclusive};

use aludel_core::schema::{Kind, Name, Schema};
use aludel_core::script::ParsedScript;
use aludel_core::script::sqlite::quoted;
use rusqlite::{Result, params_from_iter};

use super::candidates::{Candidate, Dice, Draw, Source};
use super::cell::Cell;
use super::image::Row;
use super::judge::Judge;
use super::reach::Reach;
use super::watch::{Effect, Number, Watch};
use super::words::{self, Words};
use crate::proof::section::run_statement;

/// How often each statement is tried, with one of the modes at a time.
const ROUNDS: usize = 40;

/// How often a round is repeated that tries single rows. They cost little, and only one row at a time
/// can hold one of several literals that exclude each other.
const SMALL_TRIES: usize = 6;

/// The rounds in which columns also hold values that their declared types do not suggest.
const STRANGE: Range<usize> = 30..40;

/// The numbers of rows that a statement may count, as with `LIMIT`.
const COUNTED: RangeInclusive<i64> = 24..=500;

/// <https://sqlite.org/lang_datefunc.html>
const TIME_FUNCTIONS: [&str; 7] =
    ["date", "time", "datetime", "julianday", "strftime", "timediff", "unixepoch"];

/// How many steps a statement may take in a try.
const STEPS: u64 = 1_000_000;

/// Rows for tables, and the tables that are emptied before.
#[derive(Clone, Default)]
pub(super) struct Fill {
    pub(super) emptied: BTreeSet<Name>,
    pub(super) rows: Vec<Candidate>,
}

/// How the tables are filled in a try.
struct Mode {
    /// Other rows go.
    is_alone: bool,
    /// How many rows the tables get that the statement may change.
    targets: usize,
    /// How many rows the others get.
    others: usize,
    /// In how many of a hundred there is NULL.
    nulls: usize,
}

const MODES: [Mode; 10] = [
    Mode { is_alone: false, targets: 24, others: 6, nulls: 12 },
    Mode { is_alone: true, targets: 24, others: 24, nulls: 12 },
    Mode { is_alone: true, targets: 24, others: 0, nulls: 12 },
    Mode { is_alone: false, targets: 24, others: 3, nulls: 40 },
    Mode { is_alone: true, targets: 24, others: 3, nulls: 0 },
    Mode { is_alone: true, targets: 1, others: 1, nulls: 20 },
    Mode { is_alone: true, targets: 2, others: 3, nulls: 12 },
    Mode { is_alone: true, targets: 1, others: 2, nulls: 0 },
    Mode { is_alone: true, targets: 6, others: 0, nulls: 30 },
    Mode { is_alone: true, targets: 1, others: 0, nulls: 12 },
];

/// What came of a try.
#[derive(Debug)]
enum Tried {
    /// The statement ran; with the first row that it changed or removed.
    Ran(Effect, Option<Row>),
    /// The statement was refused by a constraint.
    Refused,
    /// It failed in another way, or another statement before it did.
    Failed,
}

/// What a search finds.
pub(super) enum Found {
    /// Rows with which the statement is at work.
    Witness(Fill),
    /// A row that the schema allows, and that the statement fails on.
    Breaker(Fill),
    Nothing,
}

/// A search for one statement.
pub(super) struct Search<'j, 'a> {
    judge: &'j Judge<'a>,
    script: &'a ParsedScript,
    goal: Number,
    reach: Reach,
    /// The tables whose rows show that the statement is at work.
    shows: BTreeSet<Name>,
    /// How many rows the statement may count.
    counts: Option<usize>,
    /// What has to run before the statement.
    before: Vec<Number>,
    pub(super) sources: Vec<Source>,
    dice: Dice,
    /// What has to run before writes no rows.
    defines_only: bool,
}

impl<'j, 'a> Search<'j, 'a> {
    pub(super) fn new(
        judge: &'j Judge<'a>,
        script: &'a ParsedScript,
        watch: &Watch,
        goal: Number,
    ) -> Result<Option<Self>> {
        let Some(work) = watch.works.get(&goal) else { return Ok(None) };
        let sql = script.source.text.get(work.span.clone()).unwrap_or_default();
        let reach = work.reach.clone();
        let earlier =
            watch.works.range(..goal).filter(|(_, other)| !other.reach.tables.is_disjoint(&reach.tables));
        let earlier: Vec<Number> =
            earlier.filter(|(_, other)| other.reach.writes()).map(|(number, _)| *number).collect();
        let all = || watch.works.range(..goal).map(|(number, _)| *number).collect();
        let before = if earlier.is_empty() { Vec::new() } else { all() };
        let defines_only = before
            .iter()
            .all(|number| watch.works.get(number).is_none_or(|other| !other.reach.writes_rows()));
        let mut search = Self {
            defines_only,
            judge,
            script,
            goal,
            reach,
            shows: work.goal().into_iter().cloned().collect(),
            counts: None,
            before,
            sources: Vec::new(),
            dice: Dice::new(sql),
        };
        search.find_sources(sql, watch)?;
        Ok(Some(search).filter(|search| !search.sources.is_empty()))
    }

    /// The tables, as they are before the script, that decide what the statement does. Where one of its own is made by the script, those count
    /// that the statements before it reach.
    fn find_sources(&mut self, sql: &str, watch: &Watch) -> Result<()> {
        let judge = self.judge;
        let Judge { image, schema, scratch, .. } = judge;
        let is_new = self.reach.tables.iter().any(|name| image.table(name).is_none());
        let mut names = self.reach.tables.clone();
        if is_new {
            names.extend(
                watch.works.range(..self.goal).flat_map(|(_, work)| work.reach.tables.iter().cloned()),
            );
        }
        let reads = with_generated(schema, &self.reach.reads);
        let columns: BTreeSet<String> = reads.iter().map(|(_, column)| column.clone()).collect();
        let calls = |name: &String| name.starts_with("json") || name.starts_with("->");
        let programs = self.reach.programs.iter();
        let programs = programs.flat_map(|name| {
            [Kind::Trigger, Kind::View].into_iter().filter_map(|kind| schema.object(kind, name.as_str()))
        });
        let sql = programs.fold(sql.to_owned(), |sql, program| sql + "\n" + program.sql());
        let words = Words::read(&sql, &columns, self.reach.functions.iter().any(calls));
        let words = if self.reach.functions.iter().any(|name| TIME_FUNCTIONS.contains(&name.as_str())) {
            words.with_times()
        } else {
            words
        };
        self.counts = words.exact.iter().filter_map(counted).max();
        let is_text = |(table, column): &(Name, String)| {
            image.table(table).is_some_and(|image| image.place(column).is_some())
        };
        for name in names.iter().filter(|name| !judge.is_settled(name)) {
            let Some(image) = image.table(name) else { continue };
            let is_mine = self.reach.tables.contains(name);
            let is_used = |column: &str| {
                let column = column.to_lowercase();
                let is_read = if is_mine {
                    reads.contains(&(name.clone(), column.clone()))
                } else {
                    columns.contains(&column)
                };
                is_read || words.names.contains(&column) && self.reach.reads.iter().all(|read| !is_text(read))
            };
            let is_target = if is_mine { self.is_target(name) } else { true };
            self.sources.extend(Source::new(
                scratch.connection(),
                schema,
                image,
                is_used,
                &words,
                is_target,
            )?);
        }
        Ok(())
    }

    fn is_target(&self, name: &Name) -> bool {
        self.shows.contains(name) && self.reach.trigger_changes.contains(name)
            || self.reach.changes.contains(name)
            || self.reach.changes.is_empty() && !self.reach.inserts.contains(name)
    }

    /// Searches for rows with which the statement is at work.
    pub(super) fn run(mut self) -> Result<Found> {
        self.judge.scratch.control("SAVEPOINT search")?;
        let is_prepared = self.prepare()?;
        let found = self.tries()?;
        if is_prepared && !self.judge.scratch.connection().is_autocommit() {
            self.judge.scratch.control("ROLLBACK TO search")?;
        }
        if !self.judge.scratch.connection().is_autocommit() {
            self.judge.scratch.control("RELEASE search")?;
        }
        Ok(found)
    }

    /// Runs what comes before the statement once for all tries, where that only changes the schema around the tables: going back behind such
    /// a change lets SQLite read the whole schema again. Returns `true` if it ran.
    fn prepare(&mut self) -> Result<bool> {
        let scratch = &self.judge.scratch;
        let statement =
            |(kind, number): &Number| Some((*kind, self.script.section(*kind)?.statements.get(*number)?));
        let mut is_prepared = !self.before.is_empty() && self.defines_only;
        for (kind, span) in self.before.iter().filter_map(statement) {
            is_prepared = is_prepared && run_statement(scratch, self.script, kind, span).is_ok();
        }
        is_prepared =
            is_prepared && self.sources.iter().all(|source| source.image.again(scratch.connection()).is_ok());
        if is_prepared {
            self.before.clear();
        } else if self.defines_only && !scratch.connection().is_autocommit() {
            scratch.control("ROLLBACK TO search")?;
        }
        Ok(is_prepared)
    }

    fn tries(&mut self) -> Result<Found> {
        let mut breaker = None;
        for round in 0..ROUNDS {
            let Some(mode) = MODES.get(round % MODES.len()) else { break };
            let tries = if mode.targets == 1 { SMALL_TRIES } else { 1 };
            for _ in 0..tries {
                let fill = self.fill(mode, round);
                match self.attempt(&fill)? {
                    Tried::Ran(effect, row) if effect != Effect::default() => {
                        return self.settle(fill, row).map(Found::Witness);
                    }
                    Tried::Ran(..) => {}
                    Tried::Refused | Tried::Failed => {
                        if let Some(found) = self.one_by_one(&fill, STRANGE.contains(&round), &mut breaker)? {
                            return self.settle(found, None).map(Found::Witness);
                        }
                    }
                }
            }
            if self.judge.tries_left.get() == 0 {
                break;
            }
        }
        Ok(breaker.map_or(Found::Nothing, Found::Breaker))
    }

    fn fill(&mut self, mode: &Mode, round: usize) -> Fill {
        let mut fill = Fill::default();
        let is_strange = STRANGE.contains(&round);
        let counts = self.counts.filter(|_| is_strange && round % MODES.len() == 1);
        let draw = Draw { nulls: mode.nulls, is_strange, has_fresh_keys: counts.is_some() };
        if mode.is_alone {
            fill.emptied = self.sources.iter().map(|source| Name::new(&source.image.name)).collect();
        }
        for source in &self.sources {
            let count = if source.is_target { counts.unwrap_or(mode.targets) } else { mode.others };
            let rows = (0..count).map(|number| source.row(&mut self.dice, 100 * (round + 1) + number, draw));
            fill.rows.extend(rows);
        }
        fill
    }

    /// Tries single rows of those with which the statement fails.
    fn one_by_one(&self, fill: &Fill, is_strange: bool, breaker: &mut Option<Fill>) -> Result<Option<Fill>> {
        let is_target = |candidate: &Candidate| {
            self.sources.iter().any(|source| source.is_target && source.image.name == candidate.image.name)
        };
        let (targets, others): (Vec<_>, Vec<_>) = fill.rows.iter().cloned().partition(is_target);
        for target in targets {
            let rows = others.iter().cloned().chain([target]).collect();
            let one = Fill { rows, ..fill.clone() };
            match self.attempt(&one)? {
                Tried::Ran(effect, _) if effect != Effect::default() => return Ok(Some(one)),
                Tried::Refused if breaker.is_none() && !is_strange => *breaker = Some(one),
                _ => {}
            }
        }
        Ok(None)
    }

    /// Leaves out what the effect does not need: rows, and then values.
    fn settle(&self, fill: Fill, changed: Option<Row>) -> Result<Fill> {
        let likest = changed.and_then(|changed| {
            let alike = |row: &Row| row.iter().zip(&changed).filter(|(one, two)| one == two).count();
            fill.rows.iter().max_by_key(|candidate| alike(&candidate.row)).cloned()
        });
        let one = Fill { rows: likest.into_iter().collect(), ..fill.clone() };
        let is_enough = !one.rows.is_empty() && self.is_at_work(&one)?;
        let mut fill = if is_enough { one } else { self.fewer_rows(fill)? };
        let beside = Fill { emptied: BTreeSet::new(), ..fill.clone() };
        if !fill.emptied.is_empty() && self.is_at_work(&beside)? {
            fill = self.fewer_rows(beside)?;
        }
        for number in 0..fill.rows.len() {
            fill = self.fewer_values(fill, number)?;
        }
        self.with_variants(fill)
    }

    fn fewer_rows(&self, mut fill: Fill) -> Result<Fill> {
        let mut size = fill.rows.len() / 2;
        while size > 0 {
            let mut from = 0;
            while from < fill.rows.len() {
                let mut fewer = fill.clone();
                fewer.rows.drain(from..(from + size).min(fill.rows.len()));
                if self.is_at_work(&fewer)? {
                    fill = fewer;
                } else {
                    from += size;
                }
            }
            size = if size == 1 { 0 } else { (size / 2).max(1) };
        }
        Ok(fill)
    }

    fn fewer_values(&self, mut fill: Fill, number: usize) -> Result<Fill> {
        let Some(candidate) = fill.rows.get(number).cloned() else { return Ok(fill) };
        for (place, (value, usual)) in candidate.row.iter().zip(&candidate.template).enumerate() {
            if value == usual || self.is_fresh(&candidate, place) {
                continue;
            }
            let mut fewer = fill.clone();
            if let Some(cell) = fewer.rows.get_mut(number).and_then(|candidate| candidate.row.get_mut(place))
            {
                *cell = usual.clone();
            }
            if self.is_at_work(&fewer)? {
                fill = fewer;
            }
        }
        Ok(fill)
    }

    /// Whether a value only tells the row apart from others.
    fn is_fresh(&self, candidate: &Candidate, place: usize) -> bool {
        let source = self.sources.iter().find(|source| source.image.name == candidate.image.name);
        source.is_some_and(|source| source.is_fresh(place))
    }

    /// Adds rows like the one that is changed, as far as the statement changes them as well.
    fn with_variants(&self, fill: Fill) -> Result<Fill> {
        let of = |candidate: &Candidate| {
            self.sources.iter().find(|source| source.is_target && source.image.name == candidate.image.name)
        };
        let changed =
            fill.rows.iter().enumerate().find_map(|(place, row)| Some((place, row.clone(), of(row)?)));
        let Some((place, witness, source)) = changed else { return Ok(fill) };
        let mut all = fill.clone();
        for variant in source.variants(&witness) {
            let mut alone = fill.clone();
            alone.rows.truncate(place + 1);
            if let Some(row) = alone.rows.get_mut(place) {
                *row = variant.clone();
            }
            if self.is_at_work(&alone)? {
                all.rows.push(variant);
            }
        }
        let is_alone = all.rows.len() == fill.rows.len();
        if is_alone || self.is_at_work(&all)? { Ok(all) } else { Ok(fill) }
    }

    fn is_at_work(&self, fill: &Fill) -> Result<bool> {
        Ok(matches!(self.attempt(fill)?, Tried::Ran(effect, _) if effect != Effect::default()))
    }

    /// Runs the statement on the filled tables. The database is then as it was.
    fn attempt(&self, fill: &Fill) -> Result<Tried> {
        let scratch = &self.judge.scratch;
        self.judge.tries_left.set(self.judge.tries_left.get().saturating_sub(1));
        scratch.control("SAVEPOINT attempt")?;
        self.judge.apply(fill)?;
        let tried = scratch.bounded(STEPS, || self.tried());
        if !scratch.connection().is_autocommit() {
            scratch.control("ROLLBACK TO attempt; RELEASE attempt")?;
        }
        scratch.written();
        Ok(tried)
    }

    fn tried(&self) -> Tried {
        let statement =
            |(kind, number): Number| Some((kind, self.script.section(kind)?.statements.get(number)?));
        for (kind, span) in self.before.iter().filter_map(|number| statement(*number)) {
            if run_statement(&self.judge.scratch, self.script, kind, span).is_err() {
                return Tried::Failed;
            }
        }
        let Some((kind, span)) = statement(self.goal) else { return Tried::Failed };
        let before = self.judge.rows_of(&self.shows.iter().collect());
        match run_statement(&self.judge.scratch, self.script, kind, span) {
            Ok(()) => {
                let changed = self.judge.effect(&before);
                Tried::Ran(changed.effect, changed.was)
            }
            Err(_) if self.judge.scratch.is_refused() => Tried::Refused,
            Err(_) => Tried::Failed,
        }
    }

    /// Whether the statement would be at work if every column could hold NULL.
    pub(super) fn find_idle(mut self) -> Result<bool> {
        let strict: Vec<(String, String)> = self
            .sources
            .iter()
            .flat_map(|source| {
                source.strict_columns().map(|column| (source.image.name.clone(), column.to_owned()))
            })
            .collect();
        if strict.is_empty() {
            return Ok(false);
        }
        self.sources.iter_mut().for_each(Source::relax);
        self.judge.scratch.control("SAVEPOINT relaxed")?;
        for (table, column) in strict {
            let sql =
                format!("ALTER TABLE main.{} ALTER COLUMN {} DROP NOT NULL", quoted(&table), quoted(&column));
            // A column that cannot be relaxed stays as it is.
            let _ = self.judge.scratch.control(&sql);
        }
        let mut is_idle = false;
        for (number, nulls) in [40, 70, 20].into_iter().enumerate() {
            let fill = self.fill(&Mode { is_alone: true, targets: 24, others: 6, nulls }, number);
            is_idle = is_idle || self.is_at_work(&fill)?;
        }
        self.judge.scratch.control("ROLLBACK TO relaxed; RELEASE relaxed")?;
        Ok(is_idle)
    }

    /// Rows with the keys, and with the values that the statement reads, of a row that it inserts: with each, the statement may write over what is
    /// there, or insert nothing.
    pub(super) fn collisions(&self, inserted: usize, sample: &super::image::TableImage) -> Result<Vec<Fill>> {
        let name = Name::new(&sample.name);
        let Some(source) =
            self.sources.iter().find(|source| source.image.name.eq_ignore_ascii_case(&sample.name))
        else {
            return Ok(Vec::new());
        };
        let Some(row) = sample.rows.first() else { return Ok(Vec::new()) };
        let values = |is_taken: &dyn Fn(&str) -> bool| -> Vec<(usize, super::cell::Cell)> {
            let columns = sample.columns.iter().zip(row).filter(|(column, _)| is_taken(column));
            columns.filter_map(|(column, cell)| Some((source.image.place(column)?, cell.clone()))).collect()
        };
        let read = values(&|column| self.reach.reads.contains(&(name.clone(), column.to_lowercase())));
        let keys = self.judge.unique_keys(&sample.name)?;
        let keys =
            keys.iter().map(|key| values(&|column| key.iter().any(|part| part.eq_ignore_ascii_case(column))));
        let mut fills = Vec::new();
        for values in keys.chain([read]).filter(|values| !values.is_empty()) {
            let fill = Fill { rows: vec![source.with(700 + fills.len(), &values)], ..Fill::default() };
            let is_other = |effect: Effect| effect.removed > 0 || effect.added < inserted;
            if matches!(self.attempt(&fill)?, Tried::Ran(effect, _) if is_other(effect)) {
                fills.push(fill);
            }
        }
        Ok(fills)
    }
}

/// Adds the columns that generated columns are computed from.
fn with_generated(schema: &Schema, reads: &BTreeSet<(Name, String)>) -> BTreeSet<(Name, String)> {
    let mut all = reads.clone();
    for (name, column) in reads {
        let Some(table) = schema.table(name.as_str()) else { continue };
        let Some(generated) = table.column(column).and_then(|column| column.generated.as_ref()) else {
            continue;
        };
        let names = words::names(&generated.expression.written).into_iter();
        all.extend(names.map(|column| (name.clone(), column.to_lowercase())));
    }
    all
}

/// Returns more rows than a literal counts.
fn counted(cell: &Cell) -> Option<usize> {
    let Cell::Integer(number) = cell else { return None };
    usize::try_from(*number).ok().filter(|_| COUNTED.contains(number)).map(|number| number + 8)
}

impl Judge<'_> {
    /// Puts rows into the tables. What a constraint refuses stays out.
    pub(super) fn apply(&self, fill: &Fill) -> Result<()> {
        self.without_triggers(|connection| {
            for table in &fill.emptied {
                // A table that refuses it keeps its rows.
                let _ = connection.execute(&format!("DELETE FROM main.{}", quoted(table.as_str())), []);
            }
            for Candidate { image, row, .. } in &fill.rows {
                let columns: Vec<String> = image.columns.iter().map(|column| quoted(column)).collect();
                let places = vec!["?"; row.len()].join(", ");
                let sql = format!(
                    "INSERT OR IGNORE INTO main.{} ({}) VALUES ({places})",
                    quoted(&image.name),
                    columns.join(", ")
                );
                let Ok(mut statement) = connection.prepare_cached(&sql) else { continue };
                let _ = statement.execute(params_from_iter(row));
            }
            Ok(())
        })
    }

    /// The columns of each unique key of a table.
    fn unique_keys(&self, table: &str) -> Result<Vec<Vec<String>>> {
        let mut statement = self.scratch.connection().prepare_cached(
            "SELECT list.seq, column.name FROM pragma_index_list(?1, 'main') AS list, pragma_index_info(list.name, 'main') AS column
             WHERE list.\"unique\" AND column.name IS NOT NULL ORDER BY 1",
        )?;
        let rows: Vec<(i64, String)> =
            statement.query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?.collect::<Result<_>>()?;
        let alias = self
            .schema
            .table(table)
            .and_then(|table| table.rowid_alias())
            .map(|column| vec![column.name.clone()]);
        let mut keys: Vec<Vec<String>> = alias.into_iter().collect();
        let mut last = None;
        for (index, column) in rows {
            match keys.last_mut().filter(|_| last == Some(index)) {
                Some(key) => key.push(column),
                None => keys.push(vec![column]),
            }
            last = Some(index);
        }
        Ok(keys)
    }
}
