//! Upgrades and downgrades each script with rows in the tables, and judges it by what the downgrade
//! restores.
//!
//! A script runs on the carried rows, and then with witnesses for the statements that change none
//! of these rows. The next script starts from a database that was only upgraded. If a script has
//! errors in the pass without rows, it is applied but not judged, so that each mistake is reported
//! only once.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aludel_core::chain::Assembled;
use aludel_core::graph::{Index, Set};
use aludel_core::guarded::Savepoint;
use aludel_core::problem::Problem;
use aludel_core::schema::sqlite::{Reader, Touched};
use aludel_core::schema::{Changes, Kind, Name, Object, Schema, Table};
use aludel_core::script::sqlite::quoted;
use aludel_core::script::{ParsedScript, SectionKind};
use rusqlite::config::DbConfig;
use rusqlite::{Connection, Result};

use super::bare::Bare;
use super::fault::{RowFault, SampleHint};
use super::image::Image;
use super::keys::Keys;
use super::offending_rows::{self, Culprit};
use super::sample::remove_dangling;
use super::trial::Trial;
use super::{Rows, ScriptRun, ScriptRuns, loss};
use crate::proof::Options;
use crate::proof::scratch::{Scratch, Stopped};
use crate::proof::section::{SectionFailure, problem_of, run_section};

/// The maximum number of experiments with the statements of a chain.
const TRIES: usize = 20_000;

/// Runs a chain with rows.
pub(in crate::proof) fn judge(assembled: &Assembled, options: &Options, runs: &ScriptRuns) -> Result<Rows> {
    let mut judge = RowJudge::open(assembled, options)?;
    judge.scripts_before(assembled.scripts.len(), runs)?;
    Ok(judge.found)
}

impl<'a> RowJudge<'a> {
    pub(super) fn open(assembled: &'a Assembled, options: &'a Options) -> Result<Self> {
        let mut judge = RowJudge {
            assembled,
            options,
            scratch: Scratch::open(options)?.recording(&assembled.scripts),
            schema: Schema::default(),
            image: Image::default(),
            keys: Keys::default(),
            counters: BTreeMap::new(),
            makers: BTreeMap::new(),
            generated: BTreeSet::new(),
            bare: BTreeSet::new(),
            shown: BTreeSet::new(),
            tries_left: Cell::new(TRIES),
            left_out: Set::default(),
            current: 0,
            directly: BTreeSet::new(),
            found: Rows::default(),
        };
        judge.take_base()?;
        Ok(judge)
    }

    /// Judges the scripts of the chain that precede `end`.
    pub(super) fn scripts_before(&mut self, end: Index, runs: &ScriptRuns) -> Result<()> {
        let assembled = self.assembled;
        for (index, script) in assembled.scripts.iter().enumerate().take(end) {
            let waits = assembled.graph.node(index).parents().any(|parent| self.left_out.contains(parent));
            self.current = index;
            if let Some(run) = runs.get(&index).filter(|_| !waits) {
                self.script(index, script, run)?;
                continue;
            }
            self.left_out.insert(index);
            if script.header.unproved.is_some() && !waits {
                self.found.problems.extend(loss::surely_unknown(script, &self.image));
            }
        }
        Ok(())
    }
}

pub(super) struct RowJudge<'a> {
    pub(super) assembled: &'a Assembled,
    pub(super) options: &'a Options,
    pub(super) scratch: Scratch,
    /// The schema after the scripts that have run so far.
    pub(super) schema: Schema,
    /// The rows after the scripts that have run so far.
    pub(super) image: Image,
    pub(super) keys: Keys,
    /// The AUTOINCREMENT counters.
    pub(super) counters: BTreeMap<Name, i64>,
    /// The last script that created a table or added columns to it.
    pub(super) makers: BTreeMap<Name, Index>,
    /// The tables with generated rows.
    pub(super) generated: BTreeSet<Name>,
    /// The tables that a sample section declares empty.
    pub(super) bare: BTreeSet<Name>,
    /// The tables with rows from a sample section or from the program. No rows are added to them.
    pub(super) shown: BTreeSet<Name>,
    /// The number of times that statements may still be tried on rows.
    pub(super) tries_left: Cell<usize>,
    pub(super) left_out: Set,
    /// The script that is being judged.
    pub(super) current: Index,
    /// The tables that the script's statements write directly, not only through a trigger.
    pub(super) directly: BTreeSet<Name>,
    pub(super) found: Rows,
}

impl<'a> RowJudge<'a> {
    /// Reads the tables that exist before the first script.
    fn take_base(&mut self) -> Result<()> {
        let mut reader = Reader::ignoring(self.scratch.own_tables());
        let made = reader.read(self.scratch.connection(), &Touched::Everything)?;
        self.keys.learn(&made);
        self.schema = reader.schema().clone();
        let tables: Vec<Name> = tables_of(&made).collect();
        self.shown.extend(tables.iter().cloned());
        self.refresh(&tables.into_iter().collect())
    }

    /// Returns `true` if a table has only supplied rows, or is declared empty.
    pub(super) fn is_settled(&self, table: &Name) -> bool {
        self.bare.contains(table) || self.shown.contains(table)
    }

    pub(super) fn refresh(&mut self, tables: &BTreeSet<Name>) -> Result<()> {
        for name in tables {
            let object = self.schema.object(Kind::Table, name.as_str()).cloned();
            self.image.refresh(self.scratch.connection(), name, object.as_deref())?;
        }
        Ok(())
    }

    fn script(&mut self, index: Index, script: &'a ParsedScript, run: &ScriptRun) -> Result<()> {
        let mut trial = Trial::default();
        let judged = if run.is_sound { self.judge(script, run, &mut trial)? } else { None };
        let applied = if judged.is_some() { judged } else { self.apply_upgrade(script, &mut trial)? };
        let Some(savepoint) = applied else {
            self.left_out.insert(index);
            self.found.problems.append(&mut trial.problems);
            return Ok(());
        };
        if script.header.irreversible.is_some() {
            // The old history ran on rows that it accepted, so it is not an error if it rejects
            // these rows.
            trial.problems.clear();
        }
        let mut written = std::mem::take(&mut trial.written);
        written.extend(self.scratch.written().tables);
        written.extend(tables_of(&run.made));
        self.found.problems.append(&mut trial.problems);
        self.take(index, script, &run.made);
        let outdated = self.outdated_indexes(script, SectionKind::Upgrade, &written);
        self.found.problems.extend(outdated);
        self.seed_rows(index, script, &run.made, &mut written)?;
        self.rebuild_indexes();
        savepoint.release(self.scratch.connection())?;
        self.refresh(&written)
    }

    /// Runs only the upgrade, and returns the savepoint before it. If rows make the upgrade fail,
    /// removes them: first the rows of tables that the script reaches, then all generated rows.
    /// Returns `None` if the upgrade still fails.
    fn apply_upgrade(&mut self, script: &ParsedScript, trial: &mut Trial) -> Result<Option<Savepoint>> {
        self.scratch.written();
        let reached = trial.watch.works.values().flat_map(|work| work.reach.tables.iter().cloned());
        let reached: BTreeSet<Name> = reached.filter(|name| self.generated.contains(name)).collect();
        for emptied in [BTreeSet::new(), reached, self.generated.clone()] {
            self.empty(&emptied)?;
            trial.written.extend(emptied);
            let savepoint = Savepoint::open(self.scratch.connection())?;
            let Err(failure) = run_section(&self.scratch, script, SectionKind::Upgrade) else {
                return Ok(Some(savepoint));
            };
            self.roll_back(savepoint)?;
            let problem = self.fails_with_rows(script, &failure)?;
            trial.push(problem);
        }
        Ok(None)
    }

    /// Removes the rows of these tables, and the rows that refer to them.
    pub(super) fn empty(&mut self, tables: &BTreeSet<Name>) -> Result<()> {
        let mut written = tables.clone();
        self.without_triggers(|connection| {
            for table in tables {
                // A table that rejects the deletion keeps its rows.
                let _ = connection.execute_batch(&format!("DELETE FROM main.{}", quoted(table.as_str())));
            }
            Ok(())
        })?;
        self.remove_orphans(tables, &mut written)?;
        self.scratch.written();
        self.refresh(&written)
    }

    /// Removes the rows that refer to missing rows in these tables.
    pub(super) fn remove_orphans(&self, tables: &BTreeSet<Name>, written: &mut BTreeSet<Name>) -> Result<()> {
        self.remove_all_dangling(self.keys.affected(tables), written)
    }

    /// Removes the rows in these tables that refer to missing rows, and the rows that refer to them.
    /// Adds the tables from which rows were removed to `written`.
    pub(super) fn remove_all_dangling(
        &self,
        mut tables: BTreeSet<Name>,
        written: &mut BTreeSet<Name>,
    ) -> Result<()> {
        self.without_triggers(|connection| {
            while !tables.is_empty() {
                let mut changed = BTreeSet::new();
                for table in tables {
                    if remove_dangling(connection, &table)? > 0 {
                        changed.insert(table);
                    }
                }
                written.extend(changed.iter().cloned());
                tables = self.keys.affected(&changed);
            }
            Ok(())
        })
    }

    /// Writes rows with the scripts' triggers disabled.
    pub(super) fn without_triggers(&self, write: impl FnOnce(&Connection) -> Result<()>) -> Result<()> {
        let connection = self.scratch.connection();
        let has_triggers = self.schema.of_kind(Kind::Trigger).next().is_some();
        if has_triggers {
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
        }
        let result = write(connection);
        if has_triggers {
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, true)?;
        }
        self.rebuild_indexes();
        result
    }

    /// Adds the script's changes to the schema.
    fn take(&mut self, index: Index, script: &ParsedScript, made: &Changes) {
        self.keys.learn(made);
        let (mut new, mut gone) = (BTreeSet::new(), BTreeSet::new());
        for (key, change) in &made.objects {
            match &change.is {
                Some(object) => self.schema.objects.insert(key.clone(), object.clone()),
                None => self.schema.objects.remove(key),
            };
            let columns = |object: &Option<Arc<Object>>| {
                object.as_ref().and_then(|object| object.as_table()).map_or(0, |table| table.columns.len())
            };
            if key.0 != Kind::Table {
                continue;
            }
            if change.was.is_none() || columns(&change.is) > columns(&change.was) {
                self.makers.insert(key.1.clone(), index);
            }
            match (&change.was, &change.is) {
                (None, Some(_)) => new.insert(key.1.clone()),
                (Some(_), None) => gone.insert(key.1.clone()),
                _ => false,
            };
        }
        for tables in [&mut self.generated, &mut self.shown, &mut self.bare] {
            // A new table may be an old one under a new name.
            if gone.iter().filter(|name| tables.remove(name)).count() > 0 {
                tables.extend(new.iter().cloned());
            }
        }
        let Bare { tables, unknown } = Bare::of(script, &new);
        self.bare.extend(tables.into_keys());
        self.found.problems.extend(
            unknown
                .into_iter()
                .map(|(table, place)| Problem::at(script.place(place), &RowFault::NotCreatedHere { table })),
        );
    }

    /// Runs work, then restores the database and the recorded state of its rows.
    pub(super) fn undone<T>(&mut self, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let saved = (self.image.clone(), self.keys.known.clone(), self.counters.clone());
        let savepoint = Savepoint::open(self.scratch.connection())?;
        let result = work(self);
        self.roll_back(savepoint)?;
        self.scratch.written();
        (self.image, self.keys.known, self.counters) = saved;
        result
    }

    /// Restores the database to a savepoint.
    pub(super) fn roll_back(&self, savepoint: Savepoint) -> Result<()> {
        savepoint.roll_back(self.scratch.connection())
    }

    /// Returns a table as it is after a script's changes, or `None` if it does not exist then.
    pub(super) fn table_after<'t>(&'t self, made: &'t Changes, name: &Name) -> Option<&'t Table> {
        match made.objects.get(&(Kind::Table, name.clone())) {
            Some(change) => change.is.as_ref()?.as_table(),
            None => self.schema.table(name.as_str()),
        }
    }

    /// Describes a failure that only rows cause, and shows those rows. The database is in the state
    /// before the script.
    pub(super) fn fails_with_rows(&self, script: &ParsedScript, failure: &SectionFailure) -> Result<Problem> {
        Ok(self.failure(script, failure)?.0)
    }

    /// Describes such a failure. Returns the problem, and the rows if they were found.
    pub(super) fn failure(
        &self,
        script: &ParsedScript,
        failure: &SectionFailure,
    ) -> Result<(Problem, Option<Culprit>)> {
        let culprit = self.culprit(script, failure)?;
        let tables: Vec<String> = culprit.iter().map(|culprit| culprit.table.name.clone()).collect();
        let maker = tables.first().and_then(|table| self.makers.get(&Name::new(table)));
        let file = maker
            .and_then(|maker| self.assembled.scripts.get(*maker))
            .map(|script| script.source.path.clone());
        let hint = SampleHint { tables, file };
        let mut problem = problem_of(self.options, script, failure, |section, message| {
            RowFault::FailsWithRows { section, message, hint }
        });
        if let (Some(Culprit { table, rows }), Stopped::Failed(message, _)) = (&culprit, &failure.stopped) {
            let column = message.rsplit('.').next().unwrap_or_default();
            let words = if rows.len() == 1 { "the row that causes it" } else { "together with" };
            for (number, row) in rows.iter().enumerate() {
                let words = if number == 0 { "the row that causes it" } else { words };
                let row = table.describe(row, &[column]);
                problem = problem.with_note(format!("{words}, in `{}`: {row}", table.name));
            }
        }
        Ok((problem, culprit))
    }

    fn culprit(&self, script: &ParsedScript, failure: &SectionFailure) -> Result<Option<Culprit>> {
        let Stopped::Failed(expected, _) = &failure.stopped else { return Ok(None) };
        // Any row causes this error, and the statement itself names the column.
        if expected.starts_with("Cannot add a") {
            return Ok(None);
        }
        let texts = script.text(SectionKind::Upgrade).to_owned() + script.text(SectionKind::Downgrade);
        let fails = || {
            let down = || match failure.section {
                SectionKind::Downgrade => run_section(&self.scratch, script, SectionKind::Downgrade),
                SectionKind::Upgrade | SectionKind::Sample => Ok(()),
            };
            let found = run_section(&self.scratch, script, SectionKind::Upgrade).and_then(|()| down());
            Ok(found.is_err_and(|found| {
                let same = matches!(&found.stopped, Stopped::Failed(message, _) if message == expected);
                same && found.statement == failure.statement
            }))
        };
        let culprit = offending_rows::find(self.scratch.connection(), &self.image, &texts, fails);
        self.scratch.written();
        culprit
    }
}

/// Returns the changed tables.
pub(super) fn tables_of(made: &Changes) -> impl Iterator<Item = Name> {
    made.objects.keys().filter(|(kind, _)| *kind == Kind::Table).map(|(_, name)| name.clone())
}
