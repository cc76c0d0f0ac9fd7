//! Runs a script outside a transaction. Its start and its end are committed separately, so that an
//! interruption is known.

use std::time::Instant;

use aludel_core::plan::{Plan, Step};

use super::super::lock::SessionLock;
use super::super::session::Session;
use super::super::tables::READING;
use super::statement::failed;
use super::{Committed, Executor, Part, script_run};
use crate::error::RunningStatement;
use crate::ledger::Entry;
use crate::records::Records as _;
use crate::{Error, Report};

impl Executor<'_> {
    /// Runs the statement of a step, while a second session holds the lock.
    pub(super) fn run_outside(
        &self,
        session: &Session<'_>,
        part: &Part,
        step: &Step,
        rest: Option<Plan>,
    ) -> Result<Committed, Error> {
        let runner = self.runner;
        let script = runner.chain.script(step.revision);
        let start = &part.start;
        let was_interrupted = session
            .ledger()?
            .0
            .first()
            .is_some_and(|row| row.entry.is_start() && row.entry.revision == script.id);
        session.make_tables()?;
        let mut entries = self.entries().repairs(start);
        entries.push(self.entries().start(step, &start.position, &start.instead));
        let started = self.record(session, (&start.rows, &start.position), &entries)?;
        // The lock of the transaction ends with it. Another process that takes it before the second
        // session does moves the database, or finds the same step to run.
        self.commit(session)?;
        let lock = self.second_session(session)?;
        let again = session.reading(|session| session.run_start(&self.graph))?;
        if again.position != part.plan.from {
            return Ok(Committed { report: started, rest: Some(part.plan.clone()) });
        }
        self.report_progress(part.done, part.total, Some(step));
        let known = session.invalid_indexes()?;
        let began = Instant::now();
        self.run_statements(session, step, was_interrupted.then_some(&*known))?;
        let elapsed = began.elapsed();
        drop(lock);
        session.begin_locked()?;
        let start = session.run_start(&self.graph)?;
        let ran = vec![script_run(script, step.direction, elapsed, Vec::new())];
        if start.position != part.plan.from {
            session.roll_back();
            return Ok(Committed { report: Report { ran, ..started }, rest: Some(part.plan.clone()) });
        }
        let mut state = runner.chain.running_state(start.position.applied(), &start.instead);
        let entry = Entry { elapsed, ..self.entries().step(step, &mut state) };
        let recorded = self.record(session, (&start.rows, &part.plan.after), &[entry])?;
        self.commit(session)?;
        let implied_rows = [started.implied_rows, recorded.implied_rows].concat();
        Ok(Committed { report: Report { ran, implied_rows, ..recorded }, rest })
    }

    /// Opens the second session, and takes the lock in it.
    ///
    /// Rule: both sessions are sessions of the server. Behind a pooler that hands a server session to
    /// one transaction at a time, the statement could run in the session that holds the lock, and the
    /// lock would outlive the run.
    fn second_session(&self, session: &Session<'_>) -> Result<SessionLock, Error> {
        let Some(connect) = &self.runner.connect else { return Err(Error::NoSecondSession) };
        let mut client = connect()?;
        let failed = |source| self.runner.error("opening a second session", source);
        let identity = "SELECT pg_backend_pid()";
        for _ in 0..POOLER_PROBES {
            let first: i32 = session.query_one("reading the session", identity, &[])?.get(0);
            client.batch_execute("BEGIN").map_err(failed)?;
            let second: i32 = client.query_one(identity, &[]).map_err(failed)?.get(0);
            let third: i32 = session.query_one("reading the session", identity, &[])?.get(0);
            client.batch_execute("ROLLBACK").map_err(failed)?;
            if first == second || first != third {
                return Err(Error::Pooled);
            }
        }
        SessionLock::take(self.runner, client, &session.tables)
    }

    /// Runs the statements. `interrupted` are the invalid indexes that an interrupted run may have
    /// left.
    fn run_statements(
        &self,
        session: &Session<'_>,
        step: &Step,
        interrupted: Option<&[String]>,
    ) -> Result<(), Error> {
        let script = self.runner.chain.script(step.revision);
        let section = script.section(step.direction);
        let before = session.invalid_indexes()?;
        for (number, statement) in section.statements().enumerate() {
            self.runner.stop_if_interrupted()?;
            let place = RunningStatement { script, direction: step.direction, section, number };
            let result = session.run(statement);
            let after = session.invalid_indexes().unwrap_or_default();
            let left: Vec<&String> =
                after.iter().filter(|index| interrupted.is_some() || !before.contains(index)).collect();
            let note = left_invalid(&left);
            match (result, note) {
                (Ok(()), None) => {}
                (Ok(()), Some(note)) => {
                    return Err(Error::Failed(Box::new(place.failure(note, None, None))));
                }
                (Err(_), _) if self.runner.interrupt.is_triggered() => return Err(Error::Interrupted),
                (Err(source), note) => return Err(failed(place, source, note.as_deref())),
            }
        }
        Ok(())
    }
}

/// The number of attempts to find out that two sessions share one of the server.
const POOLER_PROBES: usize = 3;

fn left_invalid(indexes: &[&String]) -> Option<String> {
    let (first, others) = indexes.split_first()?;
    let names: Vec<String> = std::iter::once(first).chain(others).map(|name| format!("`{name}`")).collect();
    let (noun, verb) = if others.is_empty() { ("index", "is") } else { ("indexes", "are") };
    Some(format!(
        "the {noun} {} {verb} INVALID, left by an interrupted or failed run: drop it with `DROP INDEX CONCURRENTLY {first}`, and run it again",
        names.join(", ")
    ))
}

impl Session<'_> {
    /// Returns the indexes that no query uses, because building them did not end.
    fn invalid_indexes(&self) -> Result<Vec<String>, Error> {
        let sql = "SELECT i.indexrelid::regclass::text FROM pg_catalog.pg_index i WHERE NOT i.indisvalid ORDER BY 1";
        let rows = self.query(READING, sql, &[])?;
        Ok(rows.iter().map(|row| row.get(0)).collect())
    }
}
