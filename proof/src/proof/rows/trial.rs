//! The trial of one script: first on the rows that are carried along, then with witnesses.

use std::collections::{BTreeMap, BTreeSet};

use aludel_core::problem::Problem;
use aludel_core::schema::{Changes, Column, Kind, Name};
use aludel_core::script::sqlite::quoted;
use aludel_core::script::{ParsedScript, SectionKind};
use rusqlite::{Result, params_from_iter};

use super::Step;
use super::candidates::{Candidate, Source};
use super::cell::Cell;
use super::fault::RowFault;
use super::image::{Row, TableImage};
use super::judge::Judge;
use super::loss::Loss;
use super::offending_rows::Culprit;
use super::round_trip::{Finding, Went};
use super::search::{Fill, Found, Search};
use super::values::Sort;
use super::watch::{Number, Watch, Work};
use super::words::Words;

/// How often rows that break a script are removed, so that the rest of it is judged.
const REMOVALS: usize = 12;

/// How many generations of parents are made for a row.
const GENERATIONS: usize = 4;

/// How many statements that insert rows are tried with rows that have the same keys.
const INSERTS_TRIED: usize = 24;

/// How many values that an upgrade writes are tried in rows from before it.
const WRITTEN_TRIED: usize = 16;

/// How many rows of a table get one that differs by NULL.
const TWINS: usize = 16;

/// What is known of the script that is judged.
#[derive(Default)]
pub(super) struct Trial {
    pub(super) watch: Watch,
    /// What is lost, over all runs.
    real: BTreeSet<Loss>,
    /// The losses that were told.
    pub(super) told: BTreeSet<Loss>,
    pub(super) problems: Vec<Problem>,
    pub(super) written: BTreeSet<Name>,
    /// The script runs on witnesses, and not on the rows that are carried along.
    pub(super) is_on_witnesses: bool,
    /// Columns that hold another kind of value than their declaration names.
    pub(super) reformed: BTreeSet<(Name, String)>,
}

impl Trial {
    /// Takes a problem, unless another run showed it already.
    pub(super) fn push(&mut self, problem: Problem) {
        let is_known = |known: &Problem| {
            known.code() == problem.code() && known.place == problem.place && known.title() == problem.title()
        };
        if !self.problems.iter().any(is_known) {
            self.problems.push(problem);
        }
    }
}

impl<'a> Judge<'a> {
    /// Judges a script. Returns `true` if its upgrade is applied then, within the savepoint `script`.
    pub(super) fn judge(&mut self, script: &'a ParsedScript, step: &Step, trial: &mut Trial) -> Result<bool> {
        let mut is_applied = self.on_carried_rows(script, step, trial)?;
        if self.wants_witnesses(script, &step.made, trial) {
            if is_applied {
                self.roll_back()?;
                is_applied = false;
            }
            trial.is_on_witnesses = true;
            self.with_witnesses(script, step, trial)?;
        }
        for finding in self.kept(script, &trial.real) {
            let problem = self.place(script, finding)?;
            trial.push(problem);
        }
        self.note_coverage(script, trial);
        Ok(is_applied)
    }

    /// Runs the script on the rows that are there. Rows that break it are told and removed. Returns `true` if the upgrade is applied then.
    fn on_carried_rows(&mut self, script: &'a ParsedScript, step: &Step, trial: &mut Trial) -> Result<bool> {
        let mut is_reformed = false;
        for _ in 0..REMOVALS {
            let went = self.go(script, &step.made, trial)?;
            if went.is_clean() {
                trial.written = went.written;
                return Ok(true);
            }
            self.roll_back()?;
            if !is_reformed && went.trouble() > 0 {
                is_reformed = true;
                if self.reform(script, step, trial, &went)? {
                    continue;
                }
            }
            let Some(failure) = &went.failure else {
                self.tell(script, went, trial)?;
                return Ok(false);
            };
            let (problem, culprit) = self.failure(script, failure)?;
            trial.push(problem);
            let Some(culprit) = culprit else { return Ok(false) };
            self.remove(&culprit)?;
        }
        Ok(false)
    }

    /// Tells what a run showed. The database is as it was before the script.
    fn tell(&mut self, script: &ParsedScript, went: Went, trial: &mut Trial) -> Result<()> {
        trial.real.extend(went.real);
        trial.written.extend(went.written);
        for finding in went.findings {
            let told = losses(&finding);
            let rows = told.iter().filter(|loss| matches!(loss, Loss::Rows { .. }));
            self.found.lost.extend(rows.map(|loss| (self.current, loss.table().clone())));
            trial.told.extend(told);
            let problem = self.place(script, finding)?;
            trial.push(problem);
        }
        Ok(())
    }

    /// Removes the row that breaks a script, and the rows that refer to it.
    fn remove(&mut self, Culprit { table, rows }: &Culprit) -> Result<()> {
        let is_row: Vec<String> =
            table.columns.iter().map(|column| format!("{} IS ? COLLATE BINARY", quoted(column))).collect();
        let sql = format!("DELETE FROM main.{} WHERE {}", quoted(&table.name), is_row.join(" AND "));
        self.without_triggers(|connection| {
            connection.execute(&sql, params_from_iter(rows.first().into_iter().flatten())).map(drop)
        })?;
        let name = Name::new(&table.name);
        let mut written = BTreeSet::from([name.clone()]);
        self.remove_orphans(&[name].into(), &mut written)?;
        self.refresh(&written)
    }

    /// Returns `true` if there are rows to try beyond those that are carried along.
    fn wants_witnesses(&self, script: &ParsedScript, made: &Changes, trial: &Trial) -> bool {
        let inserts =
            |work: &Work| work.inserted().any(|image| self.generated.contains(&Name::new(&image.name)));
        [SectionKind::Upgrade, SectionKind::Downgrade]
            .iter()
            .any(|section| !trial.watch.unseen(*section).is_empty())
            || trial.watch.works.values().any(inserts)
            || !self.telling_columns(made, trial).is_empty()
            || !filled_key_columns(made).is_empty()
            || !self.written_values(script, trial).is_empty()
    }

    /// Runs the script with rows that its statements change: first for those of the upgrade, then for those of the downgrade that these rows do
    /// not show at work.
    fn with_witnesses(&mut self, script: &'a ParsedScript, step: &Step, trial: &mut Trial) -> Result<()> {
        let mut fills = self.telling(&step.made, trial)?;
        fills.extend(self.twins(&step.made)?);
        fills.extend(self.collisions(script, trial)?);
        fills.extend(self.search(script, SectionKind::Upgrade, trial)?);
        self.rounds(script, step, fills, trial)?;
        let mut fills = self.written_before(script, trial)?;
        fills.extend(self.search(script, SectionKind::Downgrade, trial)?);
        self.rounds(script, step, fills, trial)
    }

    /// Rows that hold already what the upgrade writes, where it writes nothing but literals to a column that is no key. A downgrade cannot tell them from others.
    fn written_before(&self, script: &ParsedScript, trial: &Trial) -> Result<Vec<Fill>> {
        let mut fills = Vec::new();
        for (number, (name, column, value)) in
            self.written_values(script, trial).into_iter().take(WRITTEN_TRIED).enumerate()
        {
            let Some(source) = self.source(&name)? else { continue };
            let Some(place) = source.image.place(&column).filter(|_| !source.is_key(&column)) else {
                continue;
            };
            fills.push(Fill { rows: vec![source.with(500 + number, &[(place, value)])], ..Fill::default() });
        }
        Ok(fills)
    }

    fn written_values(&self, script: &ParsedScript, trial: &Trial) -> BTreeSet<(Name, String, Cell)> {
        let mut values: BTreeSet<(Name, String, Cell)> = BTreeSet::new();
        let writes_back = |((section, _), work): (&Number, &Work)| {
            *section == SectionKind::Downgrade && work.reach.writes_rows()
        };
        if !trial.watch.works.iter().any(writes_back) {
            return values;
        }
        for ((section, _), work) in &trial.watch.works {
            if *section != SectionKind::Upgrade || work.wrote.is_empty() {
                continue;
            }
            let sql = script.source.text.get(work.span.clone()).unwrap_or_default();
            let words = Words::read(sql, &BTreeSet::new(), false);
            let is_set = |name: &Name, column: &str| {
                work.reach.inserts.contains(name)
                    || work.reach.sets.contains(&(name.clone(), column.to_lowercase()))
            };
            let mut written: BTreeMap<(Name, String), BTreeSet<Cell>> = BTreeMap::new();
            for image in &work.wrote {
                for (column, cell) in image.columns.iter().zip(image.rows.iter().flatten()) {
                    let name = Name::new(&image.name);
                    if is_set(&name, column) {
                        written.entry((name, column.clone())).or_default().insert(cell.clone());
                    }
                }
            }
            for ((name, column), cells) in written {
                if cells.iter().all(|cell| words.exact.contains(cell)) {
                    values.extend(cells.into_iter().map(|cell| (name.clone(), column.clone(), cell)));
                }
            }
        }
        values.retain(|(name, ..)| self.generated.contains(name));
        values
    }

    fn search(
        &mut self,
        script: &'a ParsedScript,
        section: SectionKind,
        trial: &mut Trial,
    ) -> Result<Vec<Fill>> {
        let mut fills = Vec::new();
        let mut unseen = trial.watch.unseen(section);
        unseen.retain(|goal| !self.only_adds_rows(trial, *goal));
        for goal in unseen {
            fills.extend(self.search_one(script, goal, trial)?);
        }
        Ok(fills)
    }

    /// Searches for rows that one statement changes, or that it fails on. Notes if it cannot change any.
    pub(super) fn search_one(
        &mut self,
        script: &'a ParsedScript,
        goal: Number,
        trial: &mut Trial,
    ) -> Result<Option<Fill>> {
        let search = Search::new(self, script, &trial.watch, goal)?;
        match search.map_or(Ok(Found::Nothing), Search::run)? {
            Found::Witness(fill) | Found::Breaker(fill) => Ok(Some(fill)),
            Found::Nothing if trial.watch.works.get(&goal).is_some_and(|work| work.is_seen) => Ok(None),
            Found::Nothing => {
                let is_idle =
                    Search::new(self, script, &trial.watch, goal)?.map_or(Ok(false), Search::find_idle)?;
                if let Some(work) = trial.watch.works.get_mut(&goal) {
                    work.is_idle = is_idle;
                }
                Ok(None)
            }
        }
    }

    /// Whether a statement only adds rows to tables that were there before the script: no row of a user's is harmed by it.
    fn only_adds_rows(&self, trial: &Trial, goal: Number) -> bool {
        trial.watch.works.get(&goal).filter(|work| work.unseen_tables.is_empty()).is_some_and(|work| {
            let is_old = |name: &Name| self.schema.table(name.as_str()).is_some();
            work.reach.changes.is_empty() && work.reach.inserts.iter().all(is_old)
        })
    }

    fn collisions(&self, script: &'a ParsedScript, trial: &Trial) -> Result<Vec<Fill>> {
        let mut fills = Vec::new();
        let inserts = trial.watch.works.iter().filter(|((section, _), work)| {
            *section == SectionKind::Upgrade && work.inserted().next().is_some()
        });
        for (goal, work) in inserts.take(INSERTS_TRIED) {
            let old = work.inserted().filter(|image| self.generated.contains(&Name::new(&image.name)));
            let old: Vec<&TableImage> = old.collect();
            if old.is_empty() {
                continue;
            }
            let Some(search) = Search::new(self, script, &trial.watch, *goal)? else { continue };
            for sample in old {
                fills.extend(search.collisions(work.inserted_rows, sample)?);
            }
        }
        Ok(fills)
    }

    /// Runs the script with rows of witnesses: with all that are beside others at once, or, where these rows break it, with each alone.
    fn rounds(
        &mut self,
        script: &'a ParsedScript,
        step: &Step,
        fills: Vec<Fill>,
        trial: &mut Trial,
    ) -> Result<()> {
        let (beside, alone): (Vec<Fill>, Vec<Fill>) =
            fills.into_iter().partition(|fill| fill.emptied.is_empty());
        let together = Fill {
            emptied: BTreeSet::new(),
            rows: beside.iter().flat_map(|fill| fill.rows.clone()).collect(),
        };
        let failure =
            if together.rows.is_empty() { None } else { self.round(script, step, &together, trial)? };
        if let Some(problem) = failure {
            if beside.len() == 1 {
                trial.push(problem);
            } else {
                self.each_alone(script, step, &beside, trial)?;
            }
        }
        self.each_alone(script, step, &alone, trial)
    }

    fn each_alone(
        &mut self,
        script: &'a ParsedScript,
        step: &Step,
        fills: &[Fill],
        trial: &mut Trial,
    ) -> Result<()> {
        for fill in fills {
            let failure = self.round(script, step, fill, trial)?;
            if let Some(problem) = failure {
                trial.push(problem);
            }
        }
        Ok(())
    }

    /// Runs the script with more rows. The database is then as it was. Returns how the script fails on these rows.
    fn round(
        &mut self,
        script: &'a ParsedScript,
        step: &Step,
        fill: &Fill,
        trial: &mut Trial,
    ) -> Result<Option<Problem>> {
        let saved = (self.image.clone(), self.counters.clone());
        self.scratch.control("SAVEPOINT rows")?;
        let fill = self.with_parents(fill)?;
        self.apply(&fill)?;
        let mut written = fill.emptied.clone();
        written.extend(fill.rows.iter().map(|row| Name::new(&row.image.name)));
        self.remove_orphans(&written.clone(), &mut written)?;
        self.refresh(&written)?;
        self.count(&written)?;
        let went = self.go(script, &step.made, trial)?;
        self.roll_back()?;
        let mut problem = None;
        if let Some(failure) = &went.failure {
            problem = Some(self.fails_with_rows(script, failure)?);
        } else {
            self.tell(script, went, trial)?;
        }
        if !self.scratch.connection().is_autocommit() {
            self.scratch.control("ROLLBACK TO rows; RELEASE rows")?;
        }
        self.scratch.written();
        (self.image, self.counters) = saved;
        Ok(problem)
    }

    /// Adds the rows that others refer to and that are not there.
    pub(super) fn with_parents(&self, fill: &Fill) -> Result<Fill> {
        let mut fill = fill.clone();
        let mut children = fill.rows.clone();
        for _ in 0..GENERATIONS {
            let mut parents = Vec::new();
            for child in &children {
                self.missing_parents(child, &fill, &mut parents)?;
            }
            if parents.is_empty() {
                break;
            }
            fill.rows.splice(0..0, parents.iter().cloned());
            children = parents;
        }
        Ok(fill)
    }

    fn missing_parents(&self, child: &Candidate, fill: &Fill, parents: &mut Vec<Candidate>) -> Result<()> {
        let Some(table) = self.schema.table(&child.image.name) else { return Ok(()) };
        for key in &table.foreign_keys {
            let Some(parent) = self.schema.table(key.parent.as_str()) else { continue };
            let Some(image) = self.image.table(&key.parent) else { continue };
            let value =
                |name: &Name| child.row.get(child.image.place(name.as_str())?).filter(|cell| !cell.is_null());
            let columns = key.columns.iter().zip(key.parent_key(parent));
            let values: Option<Vec<(usize, Cell)>> = columns
                .map(|(own, other)| Some((image.place(other.as_str())?, value(own)?.clone())))
                .collect();
            let Some(values) = values else { continue };
            let has = |row: &Vec<Cell>| values.iter().all(|(place, cell)| row.get(*place) == Some(cell));
            let is_there = !fill.emptied.contains(&key.parent) && image.rows.iter().any(has);
            let made = fill.rows.iter().chain(parents.iter()).filter(|row| key.parent.is(&row.image.name));
            if is_there || made.into_iter().any(|row| has(&row.row)) {
                continue;
            }
            if let Some(source) = self.source(&key.parent)? {
                parents.push(source.with(800 + parents.len(), &values));
            }
        }
        Ok(())
    }

    /// The rows of a table, to make others like them.
    fn source(&self, name: &Name) -> Result<Option<Source>> {
        let Some(image) = self.image.table(name).filter(|_| !self.is_settled(name)) else {
            return Ok(None);
        };
        Source::new(self.scratch.connection(), &self.schema, image, |_| false, &Words::default(), false)
    }

    /// Rows with values that a change of type, or a calculation, may not bring back: a text that is another one once a number was made of it, and
    /// a number that a product with a hundred does not hold.
    fn telling(&self, made: &Changes, trial: &Trial) -> Result<Vec<Fill>> {
        let mut fills = Vec::new();
        for (number, (table, column)) in self.telling_columns(made, trial).iter().enumerate() {
            let (Some(source), Some(definition)) = (self.source(table)?, self.schema.table(table.as_str()))
            else {
                continue;
            };
            let (Some(place), Some(column)) = (source.image.place(column), definition.column(column)) else {
                continue;
            };
            let value = match Sort::of(column) {
                Sort::Text | Sort::Any => Cell::text("007"),
                Sort::Real | Sort::Number => Cell::real(19.99),
                _ => continue,
            };
            fills.push(Fill { rows: vec![source.with(600 + number, &[(place, value)])], ..Fill::default() });
        }
        Ok(fills)
    }

    /// Returns rows that differ from others only by NULL in a column of a new key that takes no NULL. If
    /// the script fills it with the value of the other row, the key refuses one of the two.
    fn twins(&self, made: &Changes) -> Result<Vec<Fill>> {
        let mut fills = Vec::new();
        for (table, column) in filled_key_columns(made) {
            let Some(source) = self.source(&table)?.filter(|_| self.generated.contains(&table)) else {
                continue;
            };
            let Some(place) = source.image.place(&column) else { continue };
            let rows = source
                .image
                .rows
                .iter()
                .take(TWINS)
                .filter(|row| row.get(place).is_some_and(|cell| !cell.is_null()));
            let twin = |(number, row): (usize, &Row)| {
                let cells = row.iter().cloned().enumerate().filter(|(place, _)| !source.is_fresh(*place));
                let cells =
                    cells.map(|(other, cell)| (other, if other == place { Cell::Null } else { cell }));
                source.with(400 + number, &cells.collect::<Vec<_>>())
            };
            fills.push(Fill { rows: rows.enumerate().map(twin).collect(), ..Fill::default() });
        }
        Ok(fills)
    }

    fn telling_columns(&self, made: &Changes, trial: &Trial) -> BTreeSet<(Name, String)> {
        let mut columns: BTreeSet<(Name, String)> = BTreeSet::new();
        for ((kind, name), change) in &made.objects {
            let tables = change
                .was
                .as_ref()
                .and_then(|was| was.as_table())
                .zip(change.is.as_ref().and_then(|is| is.as_table()));
            let Some((was, is)) = tables.filter(|_| *kind == Kind::Table) else { continue };
            let differs = |column: &&Column| {
                is.column(&column.name).is_some_and(|is| is.declared_type != column.declared_type)
            };
            columns.extend(
                was.columns.iter().filter(differs).map(|column| (name.clone(), column.name.to_lowercase())),
            );
        }
        let becomes_whole = |work: &&Work| {
            let column = |(table, column): &(Name, String)| self.column_of(made, table, column);
            let inserts = || work.reach.inserts.iter().flat_map(|table| self.columns_of(made, table));
            work.reach
                .sets
                .iter()
                .filter_map(column)
                .chain(inserts())
                .any(|column| Sort::of(&column) == Sort::Integer)
        };
        let reads = trial
            .watch
            .works
            .values()
            .filter(becomes_whole)
            .flat_map(|work| work.reach.reads.iter().cloned());
        columns.extend(reads.filter(|(table, column)| {
            self.schema
                .table(table.as_str())
                .and_then(|table| table.column(column))
                .is_some_and(|column| matches!(Sort::of(column), Sort::Real | Sort::Number))
        }));
        columns.retain(|column| self.generated.contains(&column.0) && !trial.reformed.contains(column));
        columns
    }

    fn columns_of(&self, made: &Changes, table: &Name) -> Vec<Column> {
        let key = (Kind::Table, table.clone());
        let object =
            made.objects.get(&key).map_or_else(|| self.schema.objects.get(&key), |change| change.is.as_ref());
        object.and_then(|object| object.as_table()).map(|table| table.columns.clone()).unwrap_or_default()
    }

    fn column_of(&self, made: &Changes, table: &Name, column: &str) -> Option<Column> {
        self.columns_of(made, table).into_iter().find(|other| other.name.eq_ignore_ascii_case(column))
    }

    /// Counts the statements that depend on rows, and notes those that were not seen at work.
    fn note_coverage(&mut self, script: &ParsedScript, trial: &mut Trial) {
        let mut reached: BTreeSet<&Name> = BTreeSet::new();
        for work in trial.watch.works.values() {
            reached.extend(&work.reach.tables);
            let has_rows = reached.iter().any(|name| self.image.table(name).is_some());
            let is_bare = work.reach.tables.iter().any(|name| self.bare.contains(name));
            if !work.reach.depends_on_rows() || !has_rows || is_bare {
                continue;
            }
            self.found.statements.all += 1;
            if work.is_seen {
                self.found.statements.at_work += 1;
                continue;
            }
            let fault = RowFault::NoRowForStatement { is_idle: work.is_idle };
            self.found.problems.push(Problem::at(script.place(work.span.clone()), &fault).into_note());
        }
    }
}

/// Returns the columns that held NULL, and are now part of a key that takes none.
fn filled_key_columns(made: &Changes) -> Vec<(Name, String)> {
    let mut columns = Vec::new();
    for ((_, name), change) in made.objects.iter().filter(|((kind, _), _)| *kind == Kind::Table) {
        let was = change.was.as_ref().and_then(|was| was.as_table());
        let is = change.is.as_ref().and_then(|is| is.as_table());
        let Some((was, is)) = was.zip(is) else { continue };
        let keys =
            is.primary_key.iter().map(|key| &key.columns).chain(is.unique.iter().map(|key| &key.columns));
        for column in keys.flatten().map(|key| key.column.as_str()) {
            let held_null = |before: &Column| before.not_null.is_none() && !was.is_in_primary_key(column);
            let is_filled = |now: &Column| now.not_null.is_some();
            if was.column(column).is_some_and(held_null) && is.column(column).is_some_and(is_filled) {
                columns.push((name.clone(), column.to_owned()));
            }
        }
    }
    columns
}

/// What a finding tells as lost.
fn losses(finding: &Finding) -> Vec<Loss> {
    match finding {
        Finding::Lost { image, columns, .. } if columns.is_empty() => {
            vec![Loss::Rows { table: Name::new(&image.name) }]
        }
        Finding::Lost { image, columns, .. } => {
            let table = Name::new(&image.name);
            columns
                .iter()
                .map(|column| Loss::Column { table: table.clone(), column: Name::new(column) })
                .collect()
        }
        Finding::Fallen { table, .. } => vec![Loss::Counter { table: table.clone() }],
        Finding::At(..) | Finding::Told(_) | Finding::Dangling { .. } => Vec::new(),
    }
}
