//! Determines the schema of a chain by running its upgrades on an empty in-memory database. The
//! user's database is not touched.
//!
//! Nothing is checked here, because the proof is not part of a user's program. The upgrades of an
//! embedded chain have already passed the proof.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use aludel_core::chain::{Chain, create_history_table, create_version_table};
use aludel_core::graph::Index;
use aludel_core::guarded::{Bounds, Guarded, Limits, Refused, time_limit};
use aludel_core::schema::sqlite::{Reader, Touched};
use aludel_core::schema::{Changes, Schema};
use aludel_core::script::changes_only_rows;
use aludel_core::script::sqlite::words_of;
use rusqlite::Connection;
use rusqlite::hooks::AuthContext;

use crate::Error;
use crate::sqlite::migrator::Runner;
use crate::sqlite::{executor, foreign_keys};

/// The maximum length of a text or blob in a replay, in bytes, if no script is longer.
const LONGEST_VALUE: i32 = 1024 * 1024;

/// The maximum length of a LIKE or GLOB pattern in a replay, in bytes.
const LONGEST_PATTERN: i32 = 1000;

/// An in-memory database, and its progress.
pub(crate) struct Replay<'r> {
    chain: &'r Chain,
    guarded: Guarded<Connection>,
    reader: Reader,
    touched: Arc<Mutex<Touched>>,
}

impl<'r> Replay<'r> {
    /// Opens an empty database, prepared like any other.
    pub(crate) fn open(runner: &'r Runner<'r>) -> Result<Self, Error> {
        let failed = |source| runner.error("opening a database in memory", source);
        let connection = Connection::open_in_memory().map_err(failed)?;
        limits(runner.chain).set(&connection).map_err(failed)?;
        runner.run_hook(&connection)?;
        foreign_keys::switch_off(&connection).map_err(failed)?;
        let own_tables = executor::own_tables(runner.chain);
        for sql in [create_version_table(&own_tables[0]), create_history_table(&own_tables[1])] {
            connection.execute_batch(&sql).map_err(failed)?;
        }
        let touched = Arc::new(Mutex::new(Touched::Everything));
        let touching = Arc::clone(&touched);
        let watch = Box::new(move |context: &AuthContext<'_>| {
            if let Ok(mut touched) = touching.lock() {
                touched.note(context);
            }
        });
        let guarded =
            Guarded::new(connection, own_tables, Some(bounds(runner)), Some(watch)).map_err(failed)?;
        let reader = runner.reader();
        Ok(Self { chain: runner.chain, guarded, reader, touched })
    }

    /// Runs the upgrade of a revision. Skips a script outside a transaction, because it does not
    /// change the schema. Also skips statements that only change rows, if they need a program
    /// function that is not registered.
    pub(crate) fn upgrade(&self, revision: Index) -> Result<(), Error> {
        let script = self.chain.script(revision);
        if !script.declared.outside_transaction.is_empty() {
            return Ok(());
        }
        self.guarded.allow_reads(executor::may_read_version_table(script));
        for (statement, bytes) in script.upgrade.statements().zip(script.upgrade.statements.iter()) {
            let run = self.guarded.run(statement);
            // If a program function is missing, rows differ, but the schema does not.
            let is_skipped = |refused: &Refused| refused.why.needs_program() && changes_only_rows(statement);
            run.or_else(|refused| if is_skipped(&refused) { Ok(()) } else { Err(refused) }).map_err(
                |refused| {
                    let offset = refused.source.as_ref().and_then(|source| words_of(source).1);
                    let message = refused.why.to_string();
                    let (line, column) =
                        script.upgrade.line_and_column(bytes.start + offset.unwrap_or_default());
                    let (revision, file) = (script.id.to_string(), script.file.to_string());
                    Error::NotMade { revision, file, line, column, message }
                },
            )?;
        }
        Ok(())
    }

    /// Reads the changes since the last read.
    pub(crate) fn read(&mut self) -> Result<Changes, Error> {
        let touched =
            self.touched.lock().map_or(Touched::Everything, |mut touched| std::mem::take(&mut *touched));
        let read = self.reader.read(self.guarded.connection(), &touched);
        read.map_err(|source| Error::Database { doing: "reading a schema in memory", source: source.into() })
    }

    /// Returns the schema as of the last read.
    pub(crate) fn schema(&self) -> &Schema {
        self.reader.schema()
    }
}

/// Returns the bounds for a replay in a user's process: deterministic limits, the interrupt, and a
/// time limit as the last resort.
///
/// A single call of a C function cannot be interrupted. The limit on the length of values keeps it
/// short.
fn bounds(runner: &Runner<'_>) -> Bounds {
    let interrupt = runner.interrupt.clone();
    let (began, limit) = (Instant::now(), time_limit(runner.chain.scripts.len()));
    let stop = move || interrupt.is_triggered() || began.elapsed() > limit;
    Bounds { stop: Some(Arc::new(stop)), ..Bounds::default() }
}

/// Returns limits that allow values and literals as long as the longest script.
fn limits(chain: &Chain) -> Limits {
    let scripts = chain.scripts.iter();
    let longest = scripts.map(|script| script.upgrade.sql.len()).max().unwrap_or_default();
    let longest_value = i32::try_from(longest).unwrap_or(i32::MAX).max(LONGEST_VALUE);
    Limits { longest_value, longest_pattern: LONGEST_PATTERN, ..Limits::default() }
}
