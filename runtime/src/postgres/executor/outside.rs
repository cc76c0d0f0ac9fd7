//! Runs a script outside a transaction. Its start and its end are committed separately, so that an
//! interruption can be detected later.
//!
//! A second session holds the lock the whole time, because a lock that belongs to a transaction
//! would be released at each commit.

use std::time::{Duration, Instant};

use aludel_core::chain::Script;
use aludel_core::plan::{Plan, Step};
use aludel_core::script::postgres::{OutsideStatement, quoted};
use postgres::Client;
use postgres::error::SqlState;

use super::super::error::words_of;
use super::super::lock::SessionLock;
use super::super::session::Session;
use super::super::tables::READING;
use super::statement::failure;
use super::{Committed, Executor, Goal};
use crate::error::RunningStatement;
use crate::ledger::Entry;
use crate::plans::{permitted, starts_at};
use crate::status::RunStart;
use crate::{Error, Report, ScriptRun};

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
        let (newest, _) = session.newest_row()?;
        let was_interrupted =
            newest.is_some_and(|row| row.entry.started().is_some() && row.entry.revision == script.id);
        // The lock is held, so the position stays the same.
        session.roll_back();
        for statement in script.section(step.direction).statements() {
            session.wait_until_ended(&script.id, statement)?;
        }
        let started = self.record_start(session, &start, &step, was_interrupted)?;
        self.report_progress(done, done + plan.steps.len(), Some(&step));
        let began = Instant::now();
        session.run_statements_outside(script, &step, was_interrupted)?;
        let elapsed = began.elapsed();
        lock.check()?;
        let recorded = self.record_outside(session, (&first, &step), elapsed);
        let recorded = recorded.map_err(|error| match error {
            // Only the record was rolled back.
            Error::Interrupted => Error::InterruptedOutside { revision: script.id.to_string(), note: None },
            error => error,
        })?;
        drop(lock);
        let rest = Some(plan.after_part(&first)).filter(|rest| !rest.steps.is_empty());
        let ran = vec![ScriptRun::of(script, step.direction, elapsed, Vec::new())];
        let implied_rows = [started.implied_rows, recorded.implied_rows].concat();
        Ok(Committed { report: Report { ran, implied_rows, ..recorded }, rest })
    }

    /// Records the start of a step, unless its first attempt will certainly fail. A later attempt
    /// must not take an object that existed before for the work of an interrupted one.
    fn record_start(
        &self,
        session: &Session<'_>,
        start: &RunStart,
        step: &Step,
        was_interrupted: bool,
    ) -> Result<Report, Error> {
        let section = self.runner.chain.script(step.revision).section(step.direction);
        let statement = section.statements().next().unwrap_or_default();
        session.begin()?;
        session.make_tables()?;
        let mut entries = self.entries().repairs(start);
        if was_interrupted || !session.is_index_taken(statement)? {
            entries.push(self.entries().start(step, &start.position, &start.instead));
        }
        let started = self.record(session, (&start.rows, &start.position), &entries)?;
        self.commit(session)?;
        Ok(started)
    }

    /// Records the end of a step that ran.
    fn record_outside(
        &self,
        session: &Session<'_>,
        (part, step): (&Plan, &Step),
        elapsed: Duration,
    ) -> Result<Report, Error> {
        session.begin()?;
        let start = session.run_start(&self.graph)?;
        starts_at(&self.graph, &start.position, &part.from)?;
        let mut state = self.runner.chain.running_state(start.position.applied(), &start.instead);
        let entry = Entry { elapsed, ..self.entries().step(step, &mut state) };
        let recorded = self.record(session, (&start.rows, &part.after), &[entry])?;
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

impl Session<'_> {
    /// Runs the statements of a step. If an earlier run was interrupted, a statement whose effect
    /// already exists counts as successful.
    fn run_statements_outside(
        &self,
        script: &Script,
        step: &Step,
        was_interrupted: bool,
    ) -> Result<(), Error> {
        let section = script.section(step.direction);
        for (number, statement) in section.statements().enumerate() {
            let place = RunningStatement { script, direction: step.direction, section, number };
            let parsed = OutsideStatement::parse(statement);
            let result = self.without_limits(|| self.run(statement));
            let left = parsed.as_ref().map_or_else(Left::default, |parsed| self.left_by(parsed));
            let note = left.note;
            match result {
                Ok(()) => {
                    if let Some(note) = note {
                        return Err(Error::FailedOutside(Box::new(place.failure(note, None, None))));
                    }
                }
                Err(_) if self.runner.interrupt.is_triggered() => {
                    return Err(Error::InterruptedOutside { revision: script.id.to_string(), note });
                }
                Err(source) => {
                    let is_done =
                        was_interrupted && note.is_none() && (left.is_done || is_done_already(&source));
                    if !is_done {
                        let words = words_of(&source);
                        let words = note.map_or_else(|| words.clone(), |note| format!("{words}; {note}"));
                        return Err(Error::FailedOutside(Box::new(failure(place, words, source))));
                    }
                }
            }
        }
        Ok(())
    }

    /// Runs a statement without the limits that are set for the role or the database, and restores
    /// the limits afterwards.
    fn without_limits(
        &self,
        run: impl FnOnce() -> Result<(), postgres::Error>,
    ) -> Result<(), postgres::Error> {
        const LIMITS: [&str; 2] = ["statement_timeout", "lock_timeout"];
        let mut before = Vec::new();
        for name in LIMITS {
            before.push(self.setting(name)?);
            self.run(&format!("SET {name} = 0"))?;
        }
        let result = run();
        for (name, value) in LIMITS.iter().zip(before) {
            self.run(&format!("SET {name} = '{value}'"))?;
        }
        result
    }

    /// Returns `true` if a statement creates an index whose name is already taken.
    fn is_index_taken(&self, statement: &str) -> Result<bool, Error> {
        let Some(OutsideStatement::CreateIndex { name: Some(name), table }) =
            OutsideStatement::parse(statement)
        else {
            return Ok(false);
        };
        let sql = "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c \
             JOIN pg_catalog.pg_class t ON t.relnamespace = c.relnamespace \
             JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace \
             WHERE c.relname = $1 AND t.relname = $2 \
             AND CASE $3 WHEN '' THEN pg_catalog.pg_table_is_visible(t.oid) ELSE n.nspname = $3 END)";
        let (Some(table), schema) = (table.last(), table.iter().rev().nth(1)) else { return Ok(false) };
        let schema = schema.map(String::as_str).unwrap_or_default();
        Ok(self.query_one(READING, sql, &[&name, table, schema])?.get(0))
    }

    /// Returns the state in which a statement left its objects. A state that cannot be read is not
    /// known.
    fn left_by(&self, statement: &OutsideStatement) -> Left {
        let left = match statement {
            OutsideStatement::CreateIndex { name, table } => self.left_index(name.as_deref(), table),
            OutsideStatement::DetachPartition { table, partition } => self.left_partition(table, partition),
            _ => Ok(Left::default()),
        };
        left.unwrap_or_default()
    }

    /// Looks for an invalid index of the table. No query uses such an index, because building it did
    /// not finish.
    fn left_index(&self, name: Option<&str>, table: &[String]) -> Result<Left, Error> {
        let sql = "SELECT i.indexrelid::regclass::text FROM pg_catalog.pg_index i \
             JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid \
             WHERE NOT i.indisvalid AND c.relkind = 'i' AND i.indrelid = to_regclass($1) \
             AND ($2 = '' OR c.relname = $2) ORDER BY i.indexrelid DESC";
        let rows = self.query(READING, sql, &[&qualified(table), name.unwrap_or_default()])?;
        let note = rows.first().map(|row| {
            let index: String = row.get(0);
            format!(
                "the index `{index}` is INVALID, left by an interrupted or failed run: drop it with `DROP INDEX CONCURRENTLY {index}`, and run it again"
            )
        });
        Ok(Left { is_done: false, note })
    }

    /// Inspects a partition that was detached in two transactions, of which only the first may have
    /// been committed.
    fn left_partition(&self, table: &[String], partition: &[String]) -> Result<Left, Error> {
        let sql = "SELECT NOT c.relispartition, EXISTS (SELECT FROM pg_catalog.pg_inherits i \
                 WHERE i.inhrelid = c.oid AND i.inhparent = to_regclass($2) AND i.inhdetachpending) \
             FROM pg_catalog.pg_class c WHERE c.oid = to_regclass($1)";
        let (table, partition) = (qualified(table), qualified(partition));
        let rows = self.query(READING, sql, &[&partition, &table])?;
        let Some(row) = rows.first() else { return Ok(Left::default()) };
        let is_pending: bool = row.get(1);
        let note = is_pending.then(|| {
            format!(
                "the partition is only partly detached, by an interrupted run: complete it with `ALTER TABLE {table} DETACH PARTITION {partition} FINALIZE`, and run it again"
            )
        });
        Ok(Left { is_done: row.get(0), note })
    }
}

/// The state in which a statement left its objects.
#[derive(Default)]
struct Left {
    /// `true` if the effect of the statement exists.
    is_done: bool,
    /// The description of unfinished work, and how to remove or complete it.
    note: Option<String>,
}

/// Returns a qualified name as SQL.
pub(super) fn qualified(name: &[String]) -> String {
    name.iter().map(|part| quoted(part)).collect::<Vec<_>>().join(".")
}

/// Returns `true` if the server rejected a statement because its effect already exists: the index
/// was already created or dropped.
fn is_done_already(error: &postgres::Error) -> bool {
    error.code().is_some_and(|code| [SqlState::DUPLICATE_TABLE, SqlState::UNDEFINED_OBJECT].contains(code))
}
