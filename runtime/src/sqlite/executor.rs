//! Runs a plan. Only this module begins a transaction.
//!
//! The steps of a run:
//!
//! 1. Read the position without the lock, and stop if there is nothing to do or the run is refused.
//! 2. Disable foreign key enforcement.
//! 3. Take the lock, and read the position again, because another process may have migrated first.
//! 4. Run the scripts, and check the foreign keys.
//! 5. Write the version rows and the ledger, and commit.
//! 6. Restore foreign key enforcement.
//!
//! A script outside a transaction splits the run. Then steps 3 to 5 are repeated for each part
//! ([`parts`]).

mod losses;
mod parts;
mod record;
mod repair;

use aludel_core::chain::{Chain, Script, history_table};
use aludel_core::graph::Graph;
use aludel_core::guarded::{Guarded, READS_VERSION_TABLE, Refused, Stopped};
use aludel_core::plan::{Direction, Plan, Position, Stamp, Step};
use aludel_core::script::sqlite::words_of;
use rusqlite::{Connection, MAIN_DB, Transaction, TransactionBehavior};

use crate::error::{RunningStatement, StatementFailure};
use crate::ledger::Entries;
use crate::plans::permitted;
use crate::sqlite::foreign_keys;
use crate::sqlite::guard::Waiting;
use crate::sqlite::migrator::Runner;
use crate::{DatabaseError, Error, Progress, Report};

/// Chooses the plan for the current position of the database.
type Goal<'g, P> = dyn Fn(&Graph, &Position) -> Result<P, Error> + 'g;

/// Runs the plans of one runner.
pub(crate) struct Executor<'r> {
    pub(crate) runner: &'r Runner<'r>,
    pub(crate) graph: Graph,
}

impl Executor<'_> {
    /// Returns the builder of ledger rows.
    pub(crate) fn entries(&self) -> Entries<'_> {
        Entries { chain: self.runner.chain, graph: &self.graph, unproved: self.runner.unproved }
    }

    /// Runs the scripts of a plan.
    pub(crate) fn run(&self, connection: &mut Connection, goal: &Goal<'_, Plan>) -> Result<Report, Error> {
        let runner = self.runner;
        self.guarded(connection, |connection| {
            let position = runner.position_of(connection, &self.graph)?;
            let plan = goal(&self.graph, &position)?;
            permitted(runner.chain, &plan, runner.outside_allowed)?;
            if plan.steps.is_empty() {
                return Ok(Report::at(&self.graph, &plan.after));
            }
            let enforced = foreign_keys::switch_off(connection)
                .map_err(|source| runner.error("switching foreign key enforcement off", source))?;
            let report = self.run_parts(connection, goal);
            let restored = foreign_keys::restore(connection, enforced)
                .map_err(|source| runner.error("switching foreign key enforcement back on", source));
            let report = report?;
            restored.map(|()| report)
        })
    }

    /// Writes version rows without running scripts.
    pub(crate) fn stamp(&self, connection: &mut Connection, goal: &Goal<'_, Stamp>) -> Result<Report, Error> {
        self.guarded(connection, |connection| {
            let transaction = self.begin(connection)?;
            let start = self.runner.stamp_start(&transaction, &self.graph)?;
            let stamp = goal(&self.graph, &start.position)?;
            let ledger = self.make_tables(&transaction)?;
            let mut entries = self.entries().repairs(&start);
            entries.extend(self.entries().stamps(&start, &stamp));
            let recorded = self.record(&transaction, (&start.rows, &stamp.after), (ledger, &entries))?;
            self.commit(transaction)?;
            Ok(recorded)
        })
    }

    /// Runs a function with the lock timeout and the interrupt in effect.
    fn guarded<T>(
        &self,
        connection: &mut Connection,
        run: impl FnOnce(&mut Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let runner = self.runner;
        let waiting = Waiting::begin(connection, runner.lock_timeout, &runner.interrupt)
            .map_err(|source| runner.error("preparing to wait for the lock", source))?;
        let result = run(connection);
        let lowered = waiting.end(connection).map_err(|source| runner.error("ending the run", source));
        let value = result?;
        lowered.map(|()| value)
    }

    /// Takes the lock.
    ///
    /// On a read-only database, SQLite silently begins a read transaction. Without this check, the
    /// error would appear at the first script.
    fn begin<'t>(&self, connection: &'t Connection) -> Result<Transaction<'t>, Error> {
        self.stop_if_interrupted()?;
        let taking = |source| self.runner.error("taking the lock", source);
        let transaction =
            Transaction::new_unchecked(connection, TransactionBehavior::Immediate).map_err(taking)?;
        if transaction.is_readonly(MAIN_DB).map_err(taking)? { Err(Error::ReadOnly) } else { Ok(transaction) }
    }

    fn commit(&self, transaction: Transaction<'_>) -> Result<(), Error> {
        self.stop_if_interrupted()?;
        transaction.commit().map_err(|source| self.runner.error("committing", source).rolled_back())
    }

    fn run_script(
        &self,
        guarded: &Guarded<&mut Connection>,
        script: &Script,
        direction: Direction,
    ) -> Result<(), Error> {
        let section = script.section(direction);
        guarded.allow_reads(may_read_version_table(script));
        for (number, statement) in section.statements().enumerate() {
            self.stop_if_interrupted()?;
            if let Err(refused) = guarded.run(statement) {
                return Err(self.stopped(RunningStatement { script, direction, section, number }, refused));
            }
        }
        let left = guarded
            .temporary_objects()
            .map_err(|source| self.runner.error("reading the temporary objects", source).rolled_back())?;
        let Some((kind, name)) = left.first() else { return Ok(()) };
        let number = section.statements.len().saturating_sub(1);
        let message = format!(
            "it leaves the temporary {kind} `{name}` behind; a script must drop every object that it creates in `temp`"
        );
        Err(failed(RunningStatement { script, direction, section, number }, message, None))
    }

    /// Returns the error for a run that stopped at a statement.
    fn stopped(&self, place: RunningStatement<'_>, refused: Refused) -> Error {
        let Refused { why, source } = refused;
        match why {
            Stopped::Ended { committed: true } => {
                Error::TransactionEnded(Box::new(failure(place, why.to_string(), source)))
            }
            _ if self.runner.interrupt.is_triggered() => Error::Interrupted,
            _ => failed(place, why.to_string(), source),
        }
    }

    fn report_progress(&self, done: usize, total: usize, next: Option<&Step>) {
        let Some(listener) = &self.runner.listener else { return };
        let step = next.map(|step| crate::Step::new(self.runner.chain, step));
        listener(&Progress { done, total, step });
    }

    fn stop_if_interrupted(&self) -> Result<(), Error> {
        if self.runner.interrupt.is_triggered() { Err(Error::Interrupted) } else { Ok(()) }
    }
}

/// Returns the tables that scripts may not access.
pub(crate) fn own_tables(chain: &Chain) -> [String; 2] {
    [chain.version_table.to_string(), history_table(&chain.version_table)]
}

/// Returns `true` if the script's header allows it to read the version table.
pub(crate) fn may_read_version_table(script: &Script) -> bool {
    script.declared.allow.iter().any(|name| name == READS_VERSION_TABLE)
}

/// Creates the error for a statement that failed.
fn failed(place: RunningStatement<'_>, message: String, source: Option<rusqlite::Error>) -> Error {
    Error::Failed(Box::new(failure(place, message, source)))
}

fn failure(
    place: RunningStatement<'_>,
    message: String,
    source: Option<rusqlite::Error>,
) -> StatementFailure {
    let offset = source.as_ref().and_then(|source| words_of(source).1);
    place.failure(message, source.map(DatabaseError::from), offset)
}
