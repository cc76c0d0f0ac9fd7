//! Runs the parts of a plan. Each part is committed completely, or not at all.
//!
//! A plan has one part, unless it contains a script outside a transaction. No lock is held between
//! two parts, so each part reads the position again. If another process has moved the database, the
//! goal chooses a new plan.

use std::time::Instant;

use aludel_core::chain::Script;
use aludel_core::graph::Graph;
use aludel_core::guarded::{Guarded, Refused};
use aludel_core::plan::{Direction, Plan, Position, Step};
use rusqlite::{Connection, ErrorCode, Transaction};

use super::losses::losses;
use super::{Executor, Goal, own_tables};
use crate::error::RunningStatement;
use crate::ledger::Entry;
use crate::plans::permitted;
use crate::sqlite::backup::Made;
use crate::sqlite::foreign_keys::Violations;
use crate::status::RunStart;
use crate::{Error, Report, ScriptRun};

/// The results of the parts so far.
#[derive(Default)]
struct Run {
    /// The result of the committed parts, or `None` before the first one.
    report: Option<Report>,
    backup: Option<Made>,
}

/// A part of a plan, and the state from which it begins.
struct Part {
    plan: Plan,
    start: RunStart,
    /// The number of steps that ran in earlier parts.
    done: usize,
    /// The number of steps of the whole run.
    total: usize,
}

impl Executor<'_> {
    /// Runs the plan for a goal, part by part.
    pub(super) fn run_parts(
        &self,
        connection: &mut Connection,
        goal: &Goal<'_, Plan>,
    ) -> Result<Report, Error> {
        let guarded = Guarded::new(connection, own_tables(self.runner.chain), None, None)
            .map_err(|source| self.runner.error("guarding the connection", source))?;
        let mut run = Run::default();
        let result = self.run_each_part(&guarded, goal, &mut run);
        let report = run.end(result)?;
        if !report.ran.is_empty() {
            self.report_progress(report.ran.len(), report.ran.len(), None);
        }
        Ok(report)
    }

    fn run_each_part(
        &self,
        guarded: &Guarded<&mut Connection>,
        goal: &Goal<'_, Plan>,
        run: &mut Run,
    ) -> Result<(), Error> {
        let mut rest = self.run_part(guarded, goal, run)?;
        while let Some(expected) = rest {
            let goal = |graph: &Graph, position: &Position| {
                if *position == expected.from { Ok(expected.clone()) } else { goal(graph, position) }
            };
            rest = self.run_part(guarded, &goal, run)?;
        }
        Ok(())
    }

    /// Takes the lock, and runs the first part of the plan. Returns the remaining plan, or `None`
    /// at the end.
    fn run_part(
        &self,
        guarded: &Guarded<&mut Connection>,
        goal: &Goal<'_, Plan>,
        run: &mut Run,
    ) -> Result<Option<Plan>, Error> {
        let runner = self.runner;
        let transaction = self.begin(guarded.connection())?;
        let start = runner.run_start(&transaction, &self.graph)?;
        let plan = goal(&self.graph, &start.position)?;
        permitted(runner.chain, &plan, runner.outside_allowed)?;
        runner.may_revert_base(&transaction, &plan)?;
        let Some(first) = runner.chain.parts(&self.graph, &plan).into_iter().next() else {
            run.add(Report::at(&self.graph, &plan.after));
            return Ok(None);
        };
        if let (None, Some(backup)) = (&run.report, &runner.backup) {
            run.backup = backup.make(runner, &transaction, &start.rows)?;
        }
        let rest = plan.after_part(&first);
        let done = run.report.as_ref().map_or(0, |report| report.ran.len());
        let part = Part { plan: first, start, done, total: done + plan.steps.len() };
        let outside = part.plan.steps.first().filter(|step| runner.chain.runs_outside(step)).cloned();
        let (report, is_recorded) = match outside {
            Some(step) => self.run_outside(guarded, transaction, (&part, &step))?,
            None => (self.run_inside(guarded, transaction, &part)?, true),
        };
        run.add(report);
        Ok((!is_recorded || !rest.steps.is_empty()).then_some(rest))
    }

    /// Runs the steps, records them and commits.
    fn run_inside(
        &self,
        guarded: &Guarded<&mut Connection>,
        transaction: Transaction<'_>,
        part: &Part,
    ) -> Result<Report, Error> {
        let runner = self.runner;
        let ledger = self.make_tables(&transaction)?;
        let checking = |source| runner.error("checking the foreign keys", source).rolled_back();
        let before = Violations::find(&transaction).map_err(checking)?;
        let mut entries = self.entries().repairs(&part.start);
        let (ran, of_steps) = self.run_steps(guarded, part)?;
        entries.extend(of_steps);
        let after = Violations::find(&transaction).map_err(checking)?;
        let violations = after.new_since(&before);
        if !violations.is_empty() {
            return Err(Error::ForeignKeys { violations });
        }
        let recorded = self.record(&transaction, (&part.start.rows, &part.plan.after), (ledger, &entries))?;
        self.commit(transaction)?;
        Ok(Report { ran, old_violations: after.into_vec(), ..recorded })
    }

    fn run_steps(
        &self,
        guarded: &Guarded<&mut Connection>,
        part: &Part,
    ) -> Result<(Vec<ScriptRun>, Vec<Entry>), Error> {
        let mut state = self.runner.chain.running_state(part.plan.from.applied(), &part.start.instead);
        let mut ran = Vec::with_capacity(part.plan.steps.len());
        let mut entries = Vec::with_capacity(part.plan.steps.len());
        for (number, step) in part.plan.steps.iter().enumerate() {
            let script = self.runner.chain.script(step.revision);
            self.report_progress(part.done + number, part.total, Some(step));
            let lost = losses(guarded.connection(), script, step.direction);
            let began = Instant::now();
            self.run_script(guarded, script, step.direction)?;
            let elapsed = began.elapsed();
            entries.push(Entry { elapsed, ..self.entries().step(step, &mut state) });
            ran.push(ScriptRun::of(script, step.direction, elapsed, lost));
        }
        Ok((ran, entries))
    }

    /// Runs a script outside a transaction. Its start and its end are committed separately, so that
    /// an interruption is detected. Running the script again is safe.
    ///
    /// Returns `false` if the end was not recorded, because another process moved the database.
    fn run_outside(
        &self,
        guarded: &Guarded<&mut Connection>,
        transaction: Transaction<'_>,
        (part, step): (&Part, &Step),
    ) -> Result<(Report, bool), Error> {
        let RunStart { position, rows, instead, .. } = &part.start;
        let script = self.runner.chain.script(step.revision);
        let mut entries = self.entries().repairs(&part.start);
        entries.push(self.entries().start(step, position, instead));
        let ledger = self.make_tables(&transaction)?;
        let started = self.record(&transaction, (rows, position), (ledger, &entries))?;
        self.commit(transaction)?;
        self.report_progress(part.done, part.total, Some(step));
        let began = Instant::now();
        guarded
            .run_outside(script.section(step.direction).statements())
            .map_err(|(number, refused)| self.stopped_outside(script, step.direction, number, refused))?;
        let elapsed = began.elapsed();
        let transaction = self.begin(guarded.connection())?;
        let RunStart { position, rows, instead, .. } = self.runner.run_start(&transaction, &self.graph)?;
        // `VACUUM` and changes of file settings lose no data.
        let ran = vec![ScriptRun::of(script, step.direction, elapsed, Vec::new())];
        if position != part.plan.from {
            return Ok((Report { ran, ..started }, false));
        }
        let mut state = self.runner.chain.running_state(position.applied(), &instead);
        let entry = Entry { elapsed, ..self.entries().step(step, &mut state) };
        let ledger = self.make_tables(&transaction)?;
        let recorded = self.record(&transaction, (&rows, &part.plan.after), (ledger, &[entry]))?;
        self.commit(transaction)?;
        let implied_rows = [started.implied_rows, recorded.implied_rows].concat();
        Ok((Report { ran, implied_rows, ..recorded }, true))
    }

    /// Returns the error for a script outside a transaction. `VACUUM` waits for readers of the
    /// database, as a run waits for the lock.
    fn stopped_outside(
        &self,
        script: &Script,
        direction: Direction,
        number: usize,
        refused: Refused,
    ) -> Error {
        let code = refused.source.as_ref().and_then(rusqlite::Error::sqlite_error_code);
        if matches!(code, Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked)) {
            return Error::Locked { waited: self.runner.lock_timeout };
        }
        self.stopped(
            RunningStatement { script, direction, section: script.section(direction), number },
            refused,
        )
    }
}

impl Run {
    /// Adds the result of a part.
    fn add(&mut self, part: Report) {
        match &mut self.report {
            None => self.report = Some(part),
            Some(report) => report.add(part),
        }
    }

    /// Returns the report of the run with its backup. Removes the backup if the database did not
    /// change.
    fn end(self, result: Result<(), Error>) -> Result<Report, Error> {
        let Self { report, backup } = self;
        let path = backup.as_ref().map(|made| made.path.clone());
        match (result, report) {
            (Ok(()), report) => {
                let mut report = report.unwrap_or_default();
                report.warnings.extend(backup.and_then(|made| made.remove_older()));
                Ok(Report { backup: path, ..report })
            }
            (Err(Error::TransactionEnded(mut failure)), None) => {
                failure.backup = path;
                Err(Error::TransactionEnded(failure))
            }
            (Err(error), None) => {
                if let Some(made) = backup.filter(|_| !error.is_of_the_disk()) {
                    made.discard();
                }
                Err(error)
            }
            (Err(error), Some(report)) => {
                let report = Box::new(Report { backup: path, ..report });
                Err(Error::Partly { report, source: Box::new(error) })
            }
        }
    }
}
