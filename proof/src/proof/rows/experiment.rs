//! Runs one statement on rows that are inserted for it, then undoes everything.

use std::collections::BTreeSet;

use aludel_core::guarded::rolled_back;
use aludel_core::schema::Name;
use aludel_core::script::{ParsedScript, SectionKind};
use rusqlite::Result;

use super::fill::Fill;
use super::image::Row;
use super::judge::RowJudge;
use super::source::{Candidate, Source};
use super::watch::{Changed, Number, Watch};
use crate::proof::section::run_statement;

/// The maximum number of steps of a statement in one run.
const STEPS: u64 = 1_000_000;

/// The result of a run.
#[derive(Debug)]
pub(super) enum Ran {
    Completed(Changed),
    /// A constraint rejected the statement.
    Refused,
    /// The statement failed in another way, or an earlier statement failed.
    Failed,
}

/// A statement that runs on inserted rows.
pub(super) struct Experiment<'j, 'a> {
    judge: &'j RowJudge<'a>,
    script: &'a ParsedScript,
    goal: Number,
    /// The tables whose changed rows show that the statement has an effect.
    pub(super) shows: BTreeSet<Name>,
    /// The statements that run once, before any rows are inserted.
    early: Vec<Number>,
    /// The earlier statements that run again in each run, on the inserted rows.
    before: Vec<Number>,
    /// `true` if no earlier statement changes the schema.
    is_schema_kept: bool,
    /// `true` if the upgrade runs before the rows are inserted. The rows then need not satisfy the
    /// schema before the upgrade.
    is_after_upgrade: bool,
}

impl<'j, 'a> Experiment<'j, 'a> {
    /// Prepares a statement that was observed in a run of its script. Returns `None` for any other
    /// statement.
    pub(super) fn new(
        judge: &'j RowJudge<'a>,
        script: &'a ParsedScript,
        watch: &Watch,
        goal: Number,
    ) -> Option<Self> {
        let work = watch.works.get(&goal)?;
        let earlier = || watch.works.range(..goal).map(|(number, work)| (*number, &work.reach));
        let is_needed = earlier().any(|(_, reach)| reach.precedes(&work.reach));
        let before: Vec<Number> = earlier().filter(|_| is_needed).map(|(number, _)| number).collect();
        // After each rollback of a schema change, SQLite reads the whole schema again.
        let defines_only = earlier().all(|(_, reach)| !reach.writes_rows());
        let (early, before) = if defines_only { (before, Vec::new()) } else { (Vec::new(), before) };
        let shows =
            if work.is_seen && work.unseen_tables.is_empty() { work.reach.written() } else { work.goal() };
        let shows = shows.into_iter().cloned().collect();
        let is_schema_kept = !earlier().any(|(_, reach)| reach.defines());
        Some(Self { judge, script, goal, shows, early, before, is_schema_kept, is_after_upgrade: false })
    }

    /// Inserts the rows between the upgrade and the downgrade.
    pub(super) fn after_upgrade(self) -> Self {
        let all = self.early.into_iter().chain(self.before);
        let (early, before) = all.partition(|(section, _)| *section == SectionKind::Upgrade);
        Self { early, before, is_after_upgrade: true, ..self }
    }

    /// Runs experiments, preceded by the statements that run once for all of them.
    pub(super) fn series<T: Default>(
        &mut self,
        sources: &[Source],
        mut experiments: impl FnMut(&Self) -> Result<T>,
    ) -> Result<T> {
        let connection = self.judge.scratch.connection();
        let early = std::mem::take(&mut self.early);
        let is_readable = |source: &Source| source.image.again(connection).is_ok();
        let result = rolled_back(connection, || {
            let ran = early.iter().all(|number| self.statement(*number));
            (ran && sources.iter().all(is_readable)).then(|| experiments(self))
        })?;
        match result {
            Some(result) => {
                self.early = early;
                result
            }
            None if self.is_after_upgrade => Ok(T::default()),
            None => {
                self.before = early;
                rolled_back(connection, || experiments(self))?
            }
        }
    }

    /// Returns `true` if the statement changes any of these rows.
    pub(super) fn is_at_work(&self, fill: &[Candidate]) -> Result<bool> {
        Ok(matches!(self.run(fill)?, Ran::Completed(changed) if changed.is_any()))
    }

    /// Runs the statement on tables that contain these rows.
    pub(super) fn run(&self, fill: &[Candidate]) -> Result<Ran> {
        let scratch = &self.judge.scratch;
        self.judge.tries_left.set(self.judge.tries_left.get().saturating_sub(1));
        let ran = rolled_back(scratch.connection(), || {
            self.judge.apply(fill)?;
            Ok(scratch.bounded(STEPS, || self.run_to_goal()))
        })?;
        scratch.written();
        ran
    }

    fn run_to_goal(&self) -> Ran {
        if !self.early.iter().chain(&self.before).all(|number| self.statement(*number)) {
            return Ran::Failed;
        }
        let connection = self.judge.scratch.connection();
        let count = connection.total_changes();
        let rows = || self.judge.rows_of(&self.shows.iter().collect(), self.is_schema_kept, |_| None);
        // Reading the rows takes longer than running the statement, which rarely changes one.
        let ran = rolled_back(connection, || {
            let is_completed = self.statement(self.goal);
            is_completed.then(|| (connection.total_changes() > count).then(rows))
        });
        match ran {
            Ok(Some(None)) => Ran::Completed(Changed::default()),
            Ok(Some(Some(now))) => Ran::Completed(Changed::between(&rows(), &now)),
            _ if self.judge.scratch.is_refused() => Ran::Refused,
            _ => Ran::Failed,
        }
    }

    fn statement(&self, (kind, number): Number) -> bool {
        let span = self.script.section(kind).and_then(|section| section.statements.get(number));
        span.is_some_and(|span| run_statement(&self.judge.scratch, self.script, kind, span).is_ok())
    }

    /// Returns those rows that are needed for the effect. `changed` is the first row that the
    /// statement changes.
    pub(super) fn shrink(&self, fill: Fill, changed: Option<&Row>) -> Result<Fill> {
        let likest = changed.and_then(|changed| {
            let alike = |row: &Row| row.iter().zip(changed).filter(|(one, two)| one == two).count();
            fill.iter().max_by_key(|candidate| alike(&candidate.row)).cloned()
        });
        let one: Fill = likest.into_iter().collect();
        if !one.is_empty() && self.is_at_work(&one)? {
            return Ok(one);
        }
        self.fewer_rows(fill)
    }

    /// Removes rows that are not needed, many at a time at first.
    fn fewer_rows(&self, mut fill: Fill) -> Result<Fill> {
        let mut size = fill.len() / 2;
        while size > 0 {
            let mut from = 0;
            while from < fill.len() {
                let mut fewer = fill.clone();
                fewer.drain(from..(from + size).min(fill.len()));
                if self.is_at_work(&fewer)? {
                    fill = fewer;
                } else {
                    from += size;
                }
            }
            size /= 2;
        }
        Ok(fill)
    }
}
