//! Runs a plan. Only this module begins a transaction that writes.
//!
//! The steps of a run:
//!
//! 1. Read the position without the lock. Stop if there is nothing to do or the run is refused. This
//!    is skipped if there is no version table yet, because the run then begins at base.
//! 2. Begin a transaction, take the lock, and read the position again, because another process may
//!    have migrated first.
//! 3. Run the scripts, write the version rows and the ledger, and commit.
//!
//! A script outside a transaction splits the run into parts. So does a script that adds an enum
//! value that a later script uses. Steps 2 and 3 are repeated for each part. If a statement waits
//! too long for a lock, the part is rolled back and retried.

mod effect;
mod losses;
mod outside;
mod running;
mod statement;

use std::time::Instant;

use aludel_core::graph::Graph;
use aludel_core::plan::{Direction, Plan, Position, Stamp, Step};
use postgres::Client;
use postgres::error::SqlState;

use super::interruption::cancelling;
use super::lock::Backoff;
use super::runner::Runner;
use super::session::Session;
use crate::error::RunningStatement;
use crate::ledger::{Entries, Entry, lacking};
use crate::plans::permitted;
use crate::squash::{self, applied};
use crate::status::{Differing, RunStart, differing};
use crate::{DatabaseError, Error, Progress, Report, ScriptRun};

/// Chooses the plan for the current position of the database.
pub(super) type Goal<'g, P> = dyn Fn(&Graph, &Position) -> Result<P, Error> + 'g;

/// Chooses the edited scripts whose current text will be recorded.
pub(super) type Choose<'c> = dyn Fn(&[Differing]) -> Result<Vec<usize>, Error> + 'c;

/// Runs the plans of one runner.
pub(super) struct Executor<'r> {
    runner: &'r Runner<'r>,
    graph: Graph,
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

/// The result of a committed part.
struct Committed {
    report: Report,
    /// The rest of the plan, or `None` at the end.
    rest: Option<Plan>,
}

impl<'r> Executor<'r> {
    pub(super) fn new(runner: &'r Runner<'r>) -> Self {
        Self { runner, graph: runner.chain.graph() }
    }

    pub(super) fn graph(&self) -> &Graph {
        &self.graph
    }

    pub(super) fn entries(&self) -> Entries<'_> {
        Entries { chain: self.runner.chain, graph: &self.graph, unproved: self.runner.unproved }
    }

    /// Runs the scripts of a plan.
    pub(super) fn run(&self, client: &mut Client, goal: &Goal<'_, Plan>) -> Result<Report, Error> {
        let mut report = None;
        let result = cancelling(self.runner, client, |client| {
            let session = Session::open(self.runner, client)?;
            let plan = self.plan_unlocked(&session, goal)?;
            if plan.steps.is_empty() {
                return Ok(Some(Report::at(&self.graph, &plan.after)));
            }
            if self.runs_outside(&plan) {
                // Fail before anything is written, rather than stop halfway.
                drop(self.second_session(&session)?);
            }
            self.run_parts(&session, goal, &mut report).map(|()| None)
        });
        match (result, report) {
            (Ok(Some(unchanged)), _) => Ok(unchanged),
            (Ok(None), report) => {
                let report = report.unwrap_or_default();
                self.report_progress(report.ran.len(), report.ran.len(), None);
                Ok(report)
            }
            (Err(error), None) => Err(error),
            (Err(error), Some(report)) => {
                Err(Error::Partly { report: Box::new(report), source: Box::new(error) })
            }
        }
    }

    /// Returns the plan without taking the lock.
    fn plan_unlocked(&self, session: &Session<'_>, goal: &Goal<'_, Plan>) -> Result<Plan, Error> {
        let plan = |position: &Position| {
            let plan = goal(&self.graph, position)?;
            permitted(self.runner.chain, &plan, self.runner.outside_allowed)?;
            Ok(plan)
        };
        if !session.tables.is_versioned {
            // Without a version table, a run begins at base or is refused. If there is anything to
            // do, this is determined under the lock.
            let from_base = plan(&Position::default()).ok();
            if let Some(plan) = from_base.filter(|plan| !plan.steps.is_empty() && !self.runs_outside(plan)) {
                return Ok(plan);
            }
        }
        plan(&session.reading(|session| session.position(&self.graph))?)
    }

    /// Returns `true` if a plan includes a script that runs outside a transaction.
    fn runs_outside(&self, plan: &Plan) -> bool {
        plan.steps.iter().any(|step| self.runner.chain.runs_outside(step))
    }

    fn run_parts(
        &self,
        session: &Session<'_>,
        goal: &Goal<'_, Plan>,
        report: &mut Option<Report>,
    ) -> Result<(), Error> {
        let mut rest = self.run_part_again(session, goal, report)?;
        while let Some(expected) = rest {
            let goal = |graph: &Graph, position: &Position| {
                // Another process that runs the same plan may have committed the rest.
                let is_done = *position == expected.after;
                let steps = if is_done { Vec::new() } else { expected.steps.clone() };
                if is_done || *position == expected.from {
                    Ok(Plan { from: position.clone(), steps, after: expected.after.clone() })
                } else {
                    goal(graph, position)
                }
            };
            rest = self.run_part_again(session, &goal, report)?;
        }
        Ok(())
    }

    /// Runs the first part of the plan. If a statement cannot acquire a lock, rolls back and
    /// retries until the lock timeout has passed.
    fn run_part_again(
        &self,
        session: &Session<'_>,
        goal: &Goal<'_, Plan>,
        report: &mut Option<Report>,
    ) -> Result<Option<Plan>, Error> {
        let mut backoff = Backoff::new(self.runner);
        let done = report.as_ref().map_or(0, |report| report.ran.len());
        loop {
            match self.run_part(session, goal, done) {
                Ok(Committed { report: part, rest }) => {
                    match report {
                        None => *report = Some(part),
                        Some(report) => report.add(part),
                    }
                    return Ok(rest);
                }
                Err(error) => {
                    session.roll_back();
                    if self.runner.interrupt.is_triggered() && !has_effects(&error) {
                        return Err(Error::Interrupted);
                    }
                    if !is_of_a_lock(&error) {
                        return Err(error);
                    }
                    // The error of the statement that waited is more informative than a timeout.
                    backoff.pause().map_err(|over| if over.exit_code() == 130 { over } else { error })?;
                }
            }
        }
    }

    fn run_part(
        &self,
        session: &Session<'_>,
        goal: &Goal<'_, Plan>,
        done: usize,
    ) -> Result<Committed, Error> {
        let runner = self.runner;
        session.begin_locked()?;
        let start = session.run_start(&self.graph)?;
        let plan = goal(&self.graph, &start.position)?;
        permitted(runner.chain, &plan, runner.outside_allowed)?;
        squash::may_revert_base(session, runner.chain, &plan)?;
        let Some(first) = runner.chain.parts(&self.graph, &plan).into_iter().next() else {
            session.execute("ending the run", "ROLLBACK")?;
            return Ok(Committed { report: Report::at(&self.graph, &plan.after), rest: None });
        };
        if first.steps.first().is_some_and(|step| runner.chain.runs_outside(step)) {
            session.check_capabilities(&[])?;
            session.execute("ending the transaction", "ROLLBACK")?;
            return self.run_outside(session, goal, done);
        }
        let rest = plan.after_part(&first);
        let rest = Some(rest).filter(|rest| !rest.steps.is_empty());
        let part = Part { plan: first, start, done, total: done + plan.steps.len() };
        Ok(Committed { report: self.run_inside(session, &part)?, rest })
    }

    /// Runs the steps, records them and commits.
    fn run_inside(&self, session: &Session<'_>, part: &Part) -> Result<Report, Error> {
        let before = session.prepare_run()?;
        session.make_tables()?;
        let mut entries = self.entries().repairs(&part.start);
        let mut state = self.runner.chain.running_state(part.plan.from.applied(), &part.start.instead);
        let mut ran = Vec::with_capacity(part.plan.steps.len());
        for (number, step) in part.plan.steps.iter().enumerate() {
            let script = self.runner.chain.script(step.revision);
            self.report_progress(part.done + number, part.total, Some(step));
            let lost = session.losses(script, step.direction)?;
            let began = Instant::now();
            session.run_script(script, step.direction)?;
            let elapsed = began.elapsed();
            entries.push(Entry { elapsed, ..self.entries().step(step, &mut state) });
            ran.push(ScriptRun::of(script, step.direction, elapsed, lost));
        }
        if session.transaction()? != before {
            return Err(self.ended(part));
        }
        let report = self.record(session, (&part.start.rows, &part.plan.after), &entries)?;
        self.commit(session)?;
        Ok(Report { ran, ..report })
    }

    /// Returns the error to report if a script ended the transaction.
    fn ended(&self, part: &Part) -> Error {
        let step = part.plan.steps.last();
        let script = step.map(|step| self.runner.chain.script(step.revision).clone()).unwrap_or_default();
        let direction = step.map_or(Direction::Upgrade, |step| step.direction);
        let section = script.section(direction);
        let number = section.statements.len().saturating_sub(1);
        let place = RunningStatement { script: &script, direction, section, number };
        Error::TransactionEnded(Box::new(place.failure("the transaction was ended".to_owned(), None, None)))
    }

    pub(super) fn record(
        &self,
        session: &Session<'_>,
        (before, after): (&[String], &Position),
        entries: &[Entry],
    ) -> Result<Report, Error> {
        let report = Report::at(&self.graph, after);
        session.write(before, &report.current, entries)?;
        let (_, implied) = Position::reduce(&self.graph, before);
        Ok(Report { implied_rows: lacking(&implied, &report.current).cloned().collect(), ..report })
    }

    fn commit(&self, session: &Session<'_>) -> Result<(), Error> {
        self.runner.stop_if_interrupted()?;
        session.run("COMMIT").map_err(|source| match source.as_db_error() {
            Some(_) => self.runner.error("committing", source).rolled_back(),
            // It is unknown whether the server received the commit.
            None => Error::CommitUnknown { source: source.into() },
        })
    }

    /// Runs a function in a transaction that holds the lock. Rolls back if the function fails.
    pub(super) fn locked<T>(
        &self,
        client: &mut Client,
        run: impl FnOnce(&Session<'_>) -> Result<T, Error>,
    ) -> Result<T, Error> {
        cancelling(self.runner, client, |client| {
            let session = Session::open(self.runner, client)?;
            session.begin_locked()?;
            let result = run(&session).and_then(|value| self.commit(&session).map(|()| value));
            if result.is_err() {
                session.roll_back();
            }
            result
        })
    }

    /// Writes version rows without running scripts.
    pub(super) fn stamp(&self, client: &mut Client, goal: &Goal<'_, Stamp>) -> Result<Report, Error> {
        self.locked(client, |session| {
            let start = session.stamp_start(&self.graph)?;
            let stamp = goal(&self.graph, &start.position)?;
            session.make_tables()?;
            let mut entries = self.entries().repairs(&start);
            entries.extend(self.entries().stamps(&start, &stamp));
            self.record(session, (&start.rows, &stamp.after), &entries)
        })
    }

    /// Deletes every version row, and then records a stamp from base.
    pub(super) fn purge_and_stamp(
        &self,
        client: &mut Client,
        goal: &Goal<'_, Stamp>,
    ) -> Result<Report, Error> {
        self.locked(client, |session| {
            let stamp = goal(&self.graph, &Position::default())?;
            session.make_tables()?;
            session.execute("reading the version rows", "SAVEPOINT aludel_rows")?;
            let rows = session.read_versions().ok().flatten().unwrap_or_default();
            session.execute("reading the version rows", "ROLLBACK TO SAVEPOINT aludel_rows")?;
            session.purge()?;
            let entries = self.entries().anew(&rows, &stamp);
            self.record(session, (&[], &stamp.after), &entries)
        })
    }

    /// Creates the version table if it is missing, and returns `true` if it did.
    pub(super) fn ensure_version(&self, client: &mut Client) -> Result<bool, Error> {
        #[expect(
            clippy::redundant_closure_for_method_calls,
            reason = "the method is for one lifetime, the closure for all"
        )]
        self.locked(client, |session| session.make_version_table())
    }

    /// Replaces the recorded text of applied scripts with their current text, without running a
    /// script.
    pub(super) fn repair(&self, client: &mut Client, choose: &Choose<'_>) -> Result<Report, Error> {
        let chain = self.runner.chain;
        self.locked(client, |session| {
            let rows = session.read_versions()?.unwrap_or_default();
            let position = applied::position(chain, &self.graph, &rows)
                .or_else(|situation| situation.start(Vec::new).map(|start| start.position))?;
            let differing = differing(session, chain, &self.graph, |index| position.is_applied(index))?;
            let reworded = choose(&differing)?;
            if reworded.is_empty() {
                return Ok(Report::at(&self.graph, &position));
            }
            session.make_tables()?;
            let instead = applied::instead(session, chain)?;
            let start = RunStart { position, rows, reworded, instead };
            let entries = self.entries().repairs(&start);
            self.record(session, (&start.rows, &start.position), &entries)
        })
    }

    fn report_progress(&self, done: usize, total: usize, next: Option<&Step>) {
        let Some(listener) = &self.runner.listener else { return };
        let step = next.map(|step| crate::Step::new(self.runner.chain, step));
        listener(&Progress { done, total, step });
    }
}

/// Returns `true` if the part of an error may have effects in the database that no rollback undoes.
fn has_effects(error: &Error) -> bool {
    matches!(
        error,
        Error::InterruptedOutside { .. }
            | Error::FailedOutside(_)
            | Error::RanOutside { .. }
            | Error::LockLost
            | Error::TransactionEnded(_)
            | Error::CommitUnknown { .. }
    )
}

/// Returns `true` if the server gave up waiting for a lock, so that a later attempt may succeed.
fn is_of_a_lock(error: &Error) -> bool {
    let source = match error {
        Error::Failed(failure) => failure.source.as_ref(),
        Error::Database { source, .. } | Error::RolledBack { source, .. } => Some(source),
        _ => None,
    };
    let code = source.and_then(DatabaseError::as_postgres).and_then(postgres::Error::code);
    let of_a_lock = [SqlState::LOCK_NOT_AVAILABLE, SqlState::T_R_DEADLOCK_DETECTED];
    code.is_some_and(|code| of_a_lock.contains(code))
}
