//! Runs a script outside a transaction. Its start and its end are committed separately, so that an
//! interruption can be detected later.
//!
//! A second session holds the lock the whole time, because a lock that belongs to a transaction
//! would be released at each commit.

use std::time::{Duration, Instant};

use aludel_core::chain::{Script, Section};
use aludel_core::plan::{Plan, Step};
use aludel_core::script::postgres::{OutsideStatement, same_statements};
use postgres::Client;

use super::super::error::words_of;
use super::super::lock::SessionLock;
use super::super::session::Session;
use super::effect::Effect;
use super::statement::failure;
use super::{Committed, Executor, Goal};
use crate::error::RunningStatement;
use crate::ledger::Entry;
use crate::plans::{permitted, starts_at};
use crate::{Error, Report, ScriptRun};

/// The action as named in error messages.
const LIFTING: &str = "changing the limits of the session";

/// The number of attempts to detect that both connections share a server session.
const POOLER_PROBES: usize = 3;

impl Executor<'_> {
    /// Runs the first step of the plan, which runs outside a transaction.
    pub(super) fn run_outside(
        &self,
        session: &Session<'_>,
        goal: &Goal<'_, Plan>,
        done: usize,
    ) -> Result<Committed, Error> {
        let runner = self.runner;
        let mut lock = SessionLock::take(runner, self.second_session(session)?, &session.tables)?;
        session.begin()?;
        let start = session.run_start(&self.graph)?;
        let plan = goal(&self.graph, &start.position)?;
        permitted(runner.chain, &plan, runner.outside_allowed)?;
        let step = plan.steps.first().filter(|step| runner.chain.runs_outside(step)).cloned();
        let Some(step) = step else {
            // Another process moved the database before this one got the lock.
            session.roll_back();
            let rest = Some(plan.clone()).filter(|plan| !plan.steps.is_empty());
            return Ok(Committed { report: Report::at(&self.graph, &plan.from), rest });
        };
        let Some(first) = runner.chain.parts(&self.graph, &plan).into_iter().next() else {
            return Ok(Committed { report: Report::at(&self.graph, &plan.from), rest: None });
        };
        let script = runner.chain.script(step.revision);
        let place = Place { part: &first, step: &step, script };
        let earlier = session.earlier_attempt(&place)?;
        // The lock is held, so the position stays the same.
        session.roll_back();
        let edited = earlier.as_ref().filter(|earlier| !earlier.is_same);
        for statement in [place.statement()].into_iter().chain(edited.map(|edited| &*edited.statement)) {
            session.wait_until_ended(&script.id, statement)?;
        }
        lock.check()?;
        let was_interrupted = earlier.is_some_and(|earlier| earlier.is_same);
        let (started, is_done) = self.record_start(session, &place, was_interrupted)?;
        self.report_progress(done, done + plan.steps.len(), Some(&step));
        let began = Instant::now();
        if !is_done {
            session.run_outside(&place)?;
        }
        let elapsed = began.elapsed();
        lock.check()?;
        let recorded = self.record_end(session, &place, elapsed);
        let recorded = recorded.map_err(|error| place.not_recorded(error))?;
        drop(lock);
        let rest = Some(plan.after_part(&first)).filter(|rest| !rest.steps.is_empty());
        let ran = vec![ScriptRun::of(script, step.direction, elapsed, Vec::new())];
        let implied_rows = [started.implied_rows, recorded.implied_rows].concat();
        Ok(Committed { report: Report { ran, implied_rows, ..recorded }, rest })
    }

    /// Records the start of a step, and returns `true` with the report if an interrupted attempt
    /// already had its effect.
    ///
    /// The start is not recorded if the first attempt will certainly fail. A later attempt must not
    /// take an object that existed before for the work of an interrupted one.
    fn record_start(
        &self,
        session: &Session<'_>,
        place: &Place<'_>,
        was_interrupted: bool,
    ) -> Result<(Report, bool), Error> {
        session.begin()?;
        let start = session.run_start(&self.graph)?;
        starts_at(&self.graph, &start.position, &place.part.from)?;
        let effect = match place.parsed() {
            Some(statement) => session.effect_of(&statement)?,
            None => Effect::default(),
        };
        session.make_tables()?;
        let mut entries = self.entries().repairs(&start);
        if was_interrupted || !effect.is_taken {
            entries.push(self.entries().start(place.step, &start.position, &start.instead));
        }
        let started = self.record(session, (&start.rows, &start.position), &entries)?;
        self.commit(session)?;
        Ok((started, was_interrupted && effect.is_done))
    }

    /// Records the end of a step that ran.
    fn record_end(
        &self,
        session: &Session<'_>,
        place: &Place<'_>,
        elapsed: Duration,
    ) -> Result<Report, Error> {
        session.begin()?;
        let start = session.run_start(&self.graph)?;
        starts_at(&self.graph, &start.position, &place.part.from)?;
        let mut state = self.runner.chain.running_state(start.position.applied(), &start.instead);
        let entry = Entry { elapsed, ..self.entries().step(place.step, &mut state) };
        let recorded = self.record(session, (&start.rows, &place.part.after), &[entry])?;
        self.commit(session)?;
        Ok(recorded)
    }

    /// Opens the second session.
    ///
    /// Returns an error if both connections share a server session. A pooler may assign server
    /// sessions to one transaction at a time. The statement could then run in the session that
    /// holds the lock, and the lock would outlive the run.
    pub(super) fn second_session(&self, session: &Session<'_>) -> Result<Client, Error> {
        let Some(connect) = &self.runner.connect else { return Err(Error::NoSecondSession) };
        let mut client = connect()?;
        let failed = |source| self.runner.error("opening a second session", source);
        let identity = "SELECT pg_backend_pid()";
        for _ in 0..POOLER_PROBES {
            let first: i32 = session.query_one("reading the session", identity, &[])?.get(0);
            client.batch_execute("BEGIN").map_err(failed)?;
            let second: i32 =
                client.query_typed(identity, &[]).map_err(failed)?.first().map_or(0, |row| row.get(0));
            let third: i32 = session.query_one("reading the session", identity, &[])?.get(0);
            client.batch_execute("ROLLBACK").map_err(failed)?;
            if first == second || first != third {
                return Err(Error::Pooled);
            }
        }
        Ok(client)
    }
}

/// A step that runs outside a transaction.
struct Place<'p> {
    /// The part of the plan, which consists of this step.
    part: &'p Plan,
    step: &'p Step,
    script: &'p Script,
}

impl Place<'_> {
    fn section(&self) -> &Section {
        self.script.section(self.step.direction)
    }

    /// Returns the statement. A section outside a transaction has exactly one.
    fn statement(&self) -> &str {
        self.section().statements().next().unwrap_or_default()
    }

    fn parsed(&self) -> Option<OutsideStatement> {
        OutsideStatement::parse(self.statement())
    }

    fn running(&self) -> RunningStatement<'_> {
        let direction = self.step.direction;
        RunningStatement { script: self.script, direction, section: self.section(), number: 0 }
    }

    /// Returns the error to report if the statement ran, and something failed afterwards.
    fn not_recorded(&self, error: Error) -> Error {
        let revision = self.script.id.to_string();
        match error {
            // Only the record was rolled back.
            Error::Interrupted => Error::InterruptedOutside { revision, note: None },
            Error::CommitUnknown { .. } => error,
            error => Error::RanOutside { revision, error: Box::new(error) },
        }
    }
}

/// An attempt to run a step whose end is not recorded.
struct Attempt {
    /// The statement that it ran.
    statement: String,
    /// `true` if the script still has the same statement.
    is_same: bool,
}

impl Session<'_> {
    /// Returns the attempt to run this step whose end is not recorded.
    fn earlier_attempt(&self, place: &Place<'_>) -> Result<Option<Attempt>, Error> {
        let is_of_step = |start: &Entry| {
            start.revision == place.script.id && start.started() == Some(place.step.direction)
        };
        let start = self.unfinished()?.into_iter().find(is_of_step);
        let statement = start.map(|start| start.started_statement().unwrap_or_default());
        Ok(statement.map(|statement| {
            let is_same = same_statements(&statement, place.statement());
            Attempt { statement, is_same }
        }))
    }

    /// Runs the statement of a step.
    fn run_outside(&self, place: &Place<'_>) -> Result<(), Error> {
        let parsed = place.parsed();
        let unfinished = || match &parsed {
            Some(statement) => self.effect_of(statement).map(|effect| effect.unfinished),
            None => Ok(None),
        };
        // An index without a name that is INVALID was left by somebody else if this one was built.
        let is_nameless = matches!(parsed, Some(OutsideStatement::CreateIndex { name: None, .. }));
        let limits = self.lift_limits().map_err(|source| self.runner.error(LIFTING, source))?;
        let result = self.run(place.statement());
        let restored = self.restore_limits(&limits);
        match result {
            Ok(()) if let Err(source) = restored => {
                Err(place.not_recorded(self.runner.error(LIFTING, source)))
            }
            Ok(()) if is_nameless => Ok(()),
            Ok(()) => match unfinished().map_err(|error| place.not_recorded(error))? {
                Some(note) => Err(Error::FailedOutside(Box::new(place.running().failure(note, None, None)))),
                None => Ok(()),
            },
            Err(source) => {
                // The failure counts, even if its remains cannot be read.
                let note = unfinished().ok().flatten();
                if self.runner.interrupt.is_triggered() {
                    return Err(Error::InterruptedOutside { revision: place.script.id.to_string(), note });
                }
                let words = words_of(&source);
                let words = note.map_or_else(|| words.clone(), |note| format!("{words}; {note}"));
                Err(Error::FailedOutside(Box::new(failure(place.running(), words, source))))
            }
        }
    }

    /// Lifts the limits that are set for the role or the database, and returns them.
    fn lift_limits(&self) -> Result<Vec<(&'static str, String)>, postgres::Error> {
        let mut limits = Vec::new();
        for name in ["statement_timeout", "lock_timeout"] {
            limits.push((name, self.setting(name)?));
            self.run(&format!("SET {name} = 0"))?;
        }
        Ok(limits)
    }

    fn restore_limits(&self, limits: &[(&'static str, String)]) -> Result<(), postgres::Error> {
        limits.iter().try_for_each(|(name, value)| self.run(&format!("SET {name} = '{value}'")))
    }
}
