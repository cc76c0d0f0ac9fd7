//! Executes scripts. No other code in Aludel does.
//!
//! A script may only change the schema and the rows of the main database. SQLite's authorizer
//! enforces this when a statement is compiled (<https://sqlite.org/c3ref/set_authorizer.html>),
//! however the statement is written. This includes pragmas that take effect during compilation. A
//! commit hook turns any commit inside a guarded transaction into a rollback. After each statement,
//! [`Guarded`] checks that the transaction still exists.
//!
//! SQLite has one slot each for the authorizer, the commit hook, the rollback hook and the progress
//! handler. [`Guarded`] uses the first three, and also the progress handler if there are bounds. It
//! clears them when it is dropped, so any hook that a program had set on the connection is lost.

mod bounds;
mod flag;
mod outside;
mod rules;
mod savepoint;
mod stopped;
mod vacuum;

#[cfg(test)]
mod tests;

use std::borrow::BorrowMut;
use std::collections::BTreeSet;
use std::sync::Arc;

use fallible_iterator::FallibleIterator as _;
use rusqlite::hooks::AuthContext;
use rusqlite::{Batch, Connection, Result};

use bounds::Counter;
pub use bounds::{Bounds, Budget, Limits, time_limit};
use rules::Rules;
pub use rules::{Denied, READS_VERSION_TABLE, Watch};
pub use savepoint::{Savepoint, rolled_back};
pub use stopped::{Refused, Stopped};

/// A connection on which scripts may run. Other statements run through [`Guarded::connection`],
/// where nothing is denied.
#[derive(Debug)]
pub struct Guarded<C: BorrowMut<Connection>> {
    connection: C,
    rules: Arc<Rules>,
    counter: Option<Arc<Counter>>,
    /// The temporary objects that existed before the first script.
    temporary_before: BTreeSet<(String, String)>,
}

impl<C: BorrowMut<Connection>> Guarded<C> {
    /// Guards a connection that the caller has prepared. Without bounds, a statement may run
    /// indefinitely.
    ///
    /// # Errors
    ///
    /// Returns SQLite's error if a hook cannot be installed.
    pub fn new(
        mut connection: C,
        own_tables: [String; 2],
        bounds: Option<Bounds>,
        watch: Option<Watch>,
    ) -> Result<Self> {
        let rules = Arc::new(Rules::new(own_tables));
        let temporary_before = temporary_objects(connection.borrow())?;
        let hooked: &mut Connection = connection.borrow_mut();
        let (ruling, committing, rolling_back) = (Arc::clone(&rules), Arc::clone(&rules), Arc::clone(&rules));
        hooked
            .authorizer(Some(move |context: AuthContext<'_>| ruling.authorize(&context, watch.as_ref())))?;
        hooked.commit_hook(Some(move || committing.forbids_commit()))?;
        hooked.rollback_hook(Some(move || rolling_back.note_rollback()))?;
        let counter = bounds.map(|bounds| Arc::new(Counter::new(bounds)));
        if let Some(counter) = &counter {
            let counting = Arc::clone(counter);
            hooked.progress_handler(bounds::STEPS_BETWEEN_LOOKS, Some(move || counting.must_stop()))?;
        }
        Ok(Self { connection, rules, counter, temporary_before })
    }

    /// Returns the connection, for statements that do not belong to a script.
    pub fn connection(&self) -> &Connection {
        self.connection.borrow()
    }

    /// Returns a mutable reference to the connection.
    pub fn connection_mut(&mut self) -> &mut Connection {
        self.connection.borrow_mut()
    }

    /// Sets whether scripts may read Aludel's own tables, and other tables whose rows differ
    /// between databases.
    pub fn allow_reads(&self, allowed: bool) {
        self.rules.allow_reads(allowed);
    }

    /// Returns a table that a script was allowed to read although its rows differ between
    /// databases, and forgets it. Returns `None` if no script read such a table.
    pub fn take_read(&self) -> Option<String> {
        self.rules.take_read()
    }

    /// Runs one statement of a script to completion. Discards the rows that it returns.
    ///
    /// # Errors
    ///
    /// Returns the reason why the statement stopped. If the statement ended the transaction, that
    /// reason takes precedence over any other.
    pub fn run(&self, statement: &str) -> std::result::Result<(), Refused> {
        if let Some(refused) = self.counter.as_ref().and_then(|counter| counter.is_stopped()) {
            return Err(Refused { why: refused, source: None });
        }
        let connection = self.connection();
        let in_transaction = !connection.is_autocommit();
        let result = {
            let _armed = self.arm(in_transaction);
            run_only_statement(connection, statement)
        };
        if in_transaction && connection.is_autocommit() && !self.rules.was_rolled_back_by(&result) {
            let committed = !self.rules.saw_rollback();
            return Err(Refused { why: Stopped::Ended { committed }, source: result.err() });
        }
        match result {
            Ok(true) => Ok(()),
            Ok(false) => Err(Refused { why: Stopped::Several, source: None }),
            Err(error) => Err(self.refused(error)),
        }
    }

    /// Sets an additional limit on the steps of each statement from now on. While it is set, steps
    /// do not count towards the budget of the chain. `None` restores the original bounds.
    pub fn try_with(&self, steps: Option<u64>) {
        if let Some(counter) = &self.counter {
            counter.try_with(steps);
        }
    }

    /// Compiles a statement of a script without running it.
    ///
    /// # Errors
    ///
    /// Returns SQLite's error if the statement does not compile.
    pub fn compile(&self, statement: &str) -> Result<()> {
        let connection = self.connection();
        let _armed = self.arm(!connection.is_autocommit());
        connection.prepare(statement).map(drop)
    }

    /// Returns the kind and name of each temporary object that scripts left behind.
    ///
    /// # Errors
    ///
    /// Returns SQLite's error if the temporary schema cannot be read.
    pub fn temporary_objects(&self) -> Result<Vec<(String, String)>> {
        if !self.rules.take_made_temporary() {
            return Ok(Vec::new());
        }
        let left = temporary_objects(self.connection())?;
        Ok(left.difference(&self.temporary_before).cloned().collect())
    }

    fn arm(&self, in_transaction: bool) -> Armed<'_> {
        if let Some(counter) = &self.counter {
            counter.begin();
        }
        self.rules.arm(in_transaction);
        Armed { rules: &self.rules, counter: self.counter.as_deref() }
    }

    fn refused(&self, error: rusqlite::Error) -> Refused {
        let stopped_by = self.counter.as_ref().and_then(|counter| counter.stopped_by());
        let why = Stopped::of(&error, self.rules.take_denied(), stopped_by, self.counter.is_some());
        Refused { why, source: Some(error) }
    }
}

impl<C: BorrowMut<Connection>> Drop for Guarded<C> {
    fn drop(&mut self) {
        let has_bounds = self.counter.is_some();
        let connection: &mut Connection = self.connection.borrow_mut();
        // A hook that cannot be removed is harmless, because it allows everything while no script
        // runs.
        let _ = connection.authorizer(None::<fn(AuthContext<'_>) -> rusqlite::hooks::Authorization>);
        let _ = connection.commit_hook(None::<fn() -> bool>);
        let _ = connection.rollback_hook(None::<fn()>);
        if has_bounds {
            let _ = connection.progress_handler(0, None::<fn() -> bool>);
        }
    }
}

/// Enforces the rules until it is dropped, whether the statement returns, fails or panics.
struct Armed<'g> {
    rules: &'g Rules,
    counter: Option<&'g Counter>,
}

impl Drop for Armed<'_> {
    fn drop(&mut self) {
        self.rules.disarm();
        if let Some(counter) = self.counter {
            counter.end();
        }
    }
}

/// Runs a statement. Returns `false` if SQLite found another statement after it.
fn run_only_statement(connection: &Connection, text: &str) -> Result<bool> {
    let mut batch = Batch::new(connection, text);
    let Some(mut statement) = batch.next()? else { return Ok(true) };
    let mut rows = statement.raw_query();
    while rows.next()?.is_some() {}
    drop(rows);
    drop(statement);
    Ok(batch.next()?.is_none())
}

fn temporary_objects(connection: &Connection) -> Result<BTreeSet<(String, String)>> {
    let mut statement = connection.prepare(
        "SELECT type, name FROM temp.sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name",
    )?;
    let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
    rows.collect()
}

/// Returns a connection for compiling single statements, on an empty in-memory database. It is
/// guarded as well, because some pragmas take effect during compilation.
pub(crate) fn for_compiling() -> Result<Guarded<Connection>> {
    Guarded::new(Connection::open_in_memory()?, [String::new(), String::new()], None, None)
}

/// Limits the memory that SQLite may use in this process, in bytes. The limit can be lowered later,
/// but never raised, and no script can change it
/// (<https://sqlite.org/pragma.html#pragma_hard_heap_limit>).
///
/// Call this only in a process that uses SQLite for nothing but migrations: the compiler when it
/// expands a macro, and the `aludel` command.
///
/// # Errors
///
/// Returns SQLite's error if the limit cannot be set.
pub fn limit_heap(bytes: u32) -> Result<()> {
    Connection::open_in_memory()?.pragma_update(None, "hard_heap_limit", bytes)
}

/// The default heap limit, in bytes.
pub const HEAP_LIMIT: u32 = 1 << 30;
