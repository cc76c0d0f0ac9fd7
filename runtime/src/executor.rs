//! Runs a plan. Only this module begins a transaction.
//!
//! The order of a run: look without the lock, and go no further where there is nothing to do or the database must not be touched;
//! enforcement of foreign keys off; take the lock; look again, for another process may have been first; steps; check; version rows and
//! ledger; commit; enforcement as it was.

mod repair;

use std::time::Instant;

use aludel_core::chain::{Script, Section, history_table};
use aludel_core::graph::{Graph, Index};
use aludel_core::plan::{Direction, Plan, Position, Stamp, Step};
use aludel_core::script::sqlite::words_of;
use rusqlite::{Connection, MAIN_DB, Transaction, TransactionBehavior};

use crate::error::Failure;
use crate::foreign_keys::{self, Violations};
use crate::status::Situation;
use crate::{Entry, Error, Migrator, Progress, Ran, Report, guard, ledger, version_table};

/// How many lines of a failed statement a message shows.
const LINES_SHOWN: usize = 8;

/// What decides where a run goes, given where the database is.
type Goal<'g, P> = dyn Fn(&Graph, &Position) -> Result<P, Error> + 'g;

/// Runs plans of one migrator.
pub(crate) struct Executor<'m, 'c, C> {
    pub(crate) migrator: &'m Migrator<'c, C>,
}

impl<C> Executor<'_, '_, C> {
    /// Runs scripts up or down.
    pub(crate) fn run(&self, connection: &mut Connection, goal: &Goal<'_, Plan>) -> Result<Report, Error> {
        let migrator = self.migrator;
        let graph = migrator.chain.graph();
        self.guarded(connection, |connection| {
            let position = migrator.situation(connection, &graph)?.position()?;
            let plan = goal(&graph, &position)?;
            if plan.steps.is_empty() {
                return Ok(report(&graph, &plan.after));
            }
            let enforced = foreign_keys::switch_off(connection)
                .map_err(|source| migrator.error("switching the enforcement of foreign keys off", source))?;
            let report = self.run_locked(connection, &graph, goal);
            let restored = foreign_keys::restore(connection, enforced).map_err(|source| {
                migrator.error("switching the enforcement of foreign keys on again", source)
            });
            let report = report?;
            restored.map(|()| report)
        })
    }

    /// Writes version rows without running scripts.
    pub(crate) fn stamp(&self, connection: &mut Connection, goal: &Goal<'_, Stamp>) -> Result<Report, Error> {
        let graph = self.migrator.chain.graph();
        self.guarded(connection, |connection| {
            let transaction = self.begin(connection)?;
            let position = match self.migrator.situation(&transaction, &graph)? {
                Situation::Unversioned(_) => Position::default(),
                situation => situation.position()?,
            };
            let stamp = goal(&graph, &position)?;
            let ceases = stamp.ceases.iter().map(|index| (*index, false));
            let becomes = stamp.becomes.iter().map(|index| (*index, true));
            let mut applied = position.applied().clone();
            let entries: Vec<Entry> = ceases
                .chain(becomes)
                .map(|(index, is_applied)| {
                    if is_applied {
                        applied.insert(index)
                    } else {
                        applied.remove(index)
                    };
                    let entry =
                        Entry { direction: "stamp".to_owned(), ..self.entry(&graph, index, &applied) };
                    if is_applied { entry } else { without_script(entry) }
                })
                .collect();
            self.record(&transaction, &graph, (&position, &stamp.after), &entries).map_err(|source| {
                self.migrator.error("writing the version rows and the ledger", source).rolled_back()
            })?;
            self.commit(transaction)?;
            Ok(report(&graph, &stamp.after))
        })
    }

    /// Waits and listens to the interrupt while something runs.
    fn guarded<T>(
        &self,
        connection: &mut Connection,
        run: impl FnOnce(&mut Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let migrator = self.migrator;
        guard::raise(connection, migrator.lock_timeout, &migrator.interrupt)
            .map_err(|source| migrator.error("preparing to wait for the lock", source))?;
        let result = run(connection);
        let lowered = guard::lower(connection).map_err(|source| migrator.error("ending the run", source));
        let value = result?;
        lowered.map(|()| value)
    }

    fn run_locked(
        &self,
        connection: &mut Connection,
        graph: &Graph,
        goal: &Goal<'_, Plan>,
    ) -> Result<Report, Error> {
        let migrator = self.migrator;
        let transaction = self.begin(connection)?;
        let position = migrator.situation(&transaction, graph)?.position()?;
        let plan = goal(graph, &position)?;
        if plan.steps.is_empty() {
            return Ok(report(graph, &plan.after));
        }
        let checking = |source| migrator.error("checking the foreign keys", source).rolled_back();
        let before = Violations::find(&transaction).map_err(checking)?;
        let (ran, entries) = self.run_steps(&transaction, graph, &plan, &position)?;
        let after = Violations::find(&transaction).map_err(checking)?;
        let violations = after.new_since(&before);
        if !violations.is_empty() {
            return Err(Error::ForeignKeys { violations });
        }
        self.record(&transaction, graph, (&position, &plan.after), &entries).map_err(|source| {
            migrator.error("writing the version rows and the ledger", source).rolled_back()
        })?;
        self.commit(transaction)?;
        self.tell(ran.len(), ran.len(), None);
        Ok(Report { ran, old_violations: after.into_vec(), ..report(graph, &plan.after) })
    }

    /// Takes the lock. On a database that cannot be written SQLite begins a transaction that only reads, and the first script would be
    /// blamed.
    fn begin<'t>(&self, connection: &'t mut Connection) -> Result<Transaction<'t>, Error> {
        self.stop_if_interrupted()?;
        let taking = |source| self.migrator.error("taking the lock", source);
        let transaction =
            connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(taking)?;
        if transaction.is_readonly(MAIN_DB).map_err(taking)? { Err(Error::ReadOnly) } else { Ok(transaction) }
    }

    fn commit(&self, transaction: Transaction<'_>) -> Result<(), Error> {
        self.stop_if_interrupted()?;
        transaction.commit().map_err(|source| self.migrator.error("committing", source).rolled_back())
    }

    fn run_steps(
        &self,
        transaction: &Transaction<'_>,
        graph: &Graph,
        plan: &Plan,
        from: &Position,
    ) -> Result<(Vec<Ran>, Vec<Entry>), Error> {
        let mut applied = from.applied().clone();
        let mut ran = Vec::with_capacity(plan.steps.len());
        let mut entries = Vec::with_capacity(plan.steps.len());
        for (done, Step { direction, revision, .. }) in plan.steps.iter().enumerate() {
            let script = self.migrator.chain.script(*revision);
            self.tell(done, plan.steps.len(), Some(script));
            let began = Instant::now();
            self.run_script(transaction, script, *direction)?;
            let elapsed = began.elapsed();
            let (word, lost) = match direction {
                Direction::Upgrade => {
                    applied.insert(*revision);
                    ("upgrade", script.declared.loses.iter().map(ToString::to_string).collect())
                }
                Direction::Downgrade => {
                    applied.remove(*revision);
                    ("downgrade", Vec::new())
                }
            };
            let entry = self.entry(graph, *revision, &applied);
            entries.push(Entry { direction: word.to_owned(), elapsed, ..entry });
            let (revision, message) = (script.id.to_string(), script.message.to_string());
            ran.push(Ran { direction: *direction, revision, message, elapsed, lost });
        }
        Ok((ran, entries))
    }

    fn run_script(
        &self,
        transaction: &Transaction<'_>,
        script: &Script,
        direction: Direction,
    ) -> Result<(), Error> {
        let section = match direction {
            Direction::Upgrade => &script.upgrade,
            Direction::Downgrade => &script.downgrade,
        };
        for (number, statement) in section.statements().enumerate() {
            self.stop_if_interrupted()?;
            if let Err(source) = run_statement(transaction, statement) {
                if self.migrator.interrupt.is_triggered() {
                    return Err(Error::Interrupted);
                }
                return Err(failed(script, direction, section, number, source));
            }
        }
        Ok(())
    }

    /// Writes what changed in the version rows, and the ledger.
    fn record(
        &self,
        transaction: &Transaction<'_>,
        graph: &Graph,
        (before, after): (&Position, &Position),
        entries: &[Entry],
    ) -> rusqlite::Result<()> {
        let version_table = &*self.migrator.chain.version_table;
        let history = history_table(version_table);
        version_table::ensure(transaction, version_table)?;
        ledger::ensure(transaction, &history)?;
        let without = |rows: &Position, others: &Position| -> Vec<String> {
            graph.ids(rows.rows().filter(|row| !others.rows().any(|other| other == *row)))
        };
        version_table::change(transaction, version_table, &without(before, after), &without(after, before))?;
        ledger::append(transaction, &history, entries)
    }

    /// The ledger's row about a revision, but for the direction and the time.
    fn entry(&self, graph: &Graph, revision: Index, applied: &aludel_core::graph::Set) -> Entry {
        let (node, script) = (graph.node(revision), self.migrator.chain.script(revision));
        Entry {
            revision: script.id.to_string(),
            revises: graph.ids(node.down.iter().copied()).join(","),
            depends_on: graph.ids(node.depends_on.iter().copied()).join(","),
            message: script.message.to_string(),
            checksum: Some(script.checksum.to_string()),
            state: self.migrator.chain.state_of(applied),
            upgrade_sql: Some(script.upgrade.sql.to_string()),
            downgrade_sql: Some(script.downgrade.sql.to_string()),
            ..Entry::default()
        }
    }

    fn tell(&self, done: usize, total: usize, script: Option<&Script>) {
        let Some(listener) = &self.migrator.listener else { return };
        let (revision, message) = script.map_or(("", ""), |script| (&*script.id, &*script.message));
        listener(&Progress { done, total, revision, message });
    }

    fn stop_if_interrupted(&self) -> Result<(), Error> {
        if self.migrator.interrupt.is_triggered() { Err(Error::Interrupted) } else { Ok(()) }
    }
}

/// Runs one statement to its end, whatever rows it gives.
fn run_statement(transaction: &Transaction<'_>, statement: &str) -> rusqlite::Result<()> {
    let mut prepared = transaction.prepare(statement)?;
    let mut rows = prepared.raw_query();
    while rows.next()?.is_some() {}
    Ok(())
}

/// The report of a run that did nothing, or the beginning of one that did.
fn report(graph: &Graph, position: &Position) -> Report {
    let mut current = graph.ids(position.rows());
    current.sort();
    Report { current, ..Report::default() }
}

fn without_script(entry: Entry) -> Entry {
    Entry { checksum: None, upgrade_sql: None, downgrade_sql: None, ..entry }
}

/// A statement failed: file, line, column, and its first lines.
fn failed(
    script: &Script,
    direction: Direction,
    section: &Section,
    number: usize,
    source: rusqlite::Error,
) -> Error {
    let start = section.statements.get(number).map_or(0, |bytes| bytes.start);
    let text = section.statements().nth(number).unwrap_or_default();
    let (message, offset) = words_of(&source);
    let (line, column) = section.line_and_column(start + offset.unwrap_or_default());
    let (first_line, _) = section.line_and_column(start);
    let width = (first_line + LINES_SHOWN).to_string().len();
    let shown: Vec<String> = text
        .lines()
        .take(LINES_SHOWN)
        .enumerate()
        .map(|(number, line)| format!("{:>width$} | {line}", first_line + number))
        .collect();
    Error::Failed(Box::new(Failure {
        direction,
        revision: script.id.to_string(),
        file: script.file.to_string(),
        line,
        column,
        statement: shown.join("\n"),
        message,
        source,
    }))
}
