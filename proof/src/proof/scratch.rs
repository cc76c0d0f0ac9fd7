//! The scratch database: in memory, guarded, and with limits on steps, pages and time.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use aludel_core::chain::{create_history_table, create_version_table, history_table};
use aludel_core::guarded::{Guarded, READS_VERSION_TABLE};
use aludel_core::schema::sqlite::{Reader, Touched};
use aludel_core::schema::{Name, Schema};
use aludel_core::script::sqlite::words_of;
use aludel_core::script::{ParsedScript, SectionKind};
use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext};
use rusqlite::{Connection, ErrorCode};

use super::rows::Reach;
use super::{Options, Watch, own_rows};

pub(crate) use aludel_core::guarded::Stopped;

/// The table in which SQLite keeps the counters of AUTOINCREMENT.
pub(super) const SEQUENCE: &str = "sqlite_sequence";

/// The number of prepared statements that are cached: a few for each table that a script reaches.
const STATEMENTS: usize = 64;

/// The tables whose rows statements may have changed, including through triggers.
#[derive(Debug, Default, Clone)]
pub(crate) struct Written {
    /// All such tables.
    pub(crate) tables: BTreeSet<Name>,
    /// Tables that a statement changes directly, not only through a trigger.
    pub(super) directly: BTreeSet<Name>,
    /// Tables into which a statement inserts directly.
    pub(super) inserted: BTreeSet<Name>,
}

/// The scratch database.
pub(crate) struct Scratch {
    guarded: Guarded<Connection>,
    own_tables: [String; 2],
    /// `true` if the steps are recorded in Aludel's own tables.
    records: bool,
    seen: Arc<Mutex<Seen>>,
    /// SQLite's error, if the last statement used a double-quoted name as a string.
    took_as_text: RefCell<Option<String>>,
    watch: Option<Arc<Watch>>,
    /// `true` if a constraint stopped the last statement that failed.
    is_refused: Cell<bool>,
}

/// The effects of scripts since the last query.
#[derive(Debug, Default)]
struct Seen {
    touched: Touched,
    written: Written,
    /// The tables that a statement reaches, while it is compiled for [`Scratch::reach`].
    reach: Option<Reach>,
}

impl Scratch {
    pub(crate) fn open(options: &Options) -> rusqlite::Result<Self> {
        let connection = Connection::open_in_memory()?;
        options.limits().set(&connection)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        let own_tables = [options.version_table.clone(), history_table(&options.version_table)];
        connection.execute_batch(&create_version_table(&own_tables[0]))?;
        connection.execute_batch(&create_history_table(&own_tables[1]))?;
        options.prepare(&connection)?;
        connection.execute_batch("PRAGMA foreign_keys = OFF")?;
        let seen = Arc::new(Mutex::new(Seen::default()));
        let seeing = Arc::clone(&seen);
        let watch = Box::new(move |context: &AuthContext<'_>| {
            if let Ok(mut seen) = seeing.lock() {
                seen.touched.note(context);
                note_written(context, &mut seen.written);
                if let Some(reach) = &mut seen.reach {
                    reach.note(context);
                }
            }
        });
        let guarded = Guarded::new(connection, own_tables.clone(), Some(options.bounds()), Some(watch))?;
        // Here, the `reads-version-table` lint reports what a script reads. At run time, it is
        // refused.
        guarded.allow_reads(true);
        Ok(Self {
            guarded,
            own_tables,
            records: false,
            seen,
            took_as_text: RefCell::default(),
            watch: options.watch.clone(),
            is_refused: Cell::default(),
        })
    }

    /// Records steps in the version table and the ledger, if one of the scripts may read those
    /// tables.
    pub(crate) fn recording(mut self, scripts: &[ParsedScript]) -> Self {
        let may_read =
            |script: &ParsedScript| script.header.allow.iter().any(|lint| lint.value == READS_VERSION_TABLE);
        self.records = scripts.iter().any(may_read);
        self
    }

    /// Records that a section of a script ran to its end.
    pub(super) fn record(&self, script: &ParsedScript, kind: SectionKind) -> Result<(), Stopped> {
        if !self.records {
            return Ok(());
        }
        let written = self.seen.lock().map(|seen| seen.written.clone());
        let recorded = own_rows::record(self.connection(), &self.own_tables, script, kind);
        if let (Ok(mut seen), Ok(written)) = (self.seen.lock(), written) {
            seen.written = written;
        }
        recorded.map_err(|error| Stopped::Failed(error.to_string(), None))
    }

    /// Returns the connection, for the proof's own statements.
    pub(crate) fn connection(&self) -> &Connection {
        self.guarded.connection()
    }

    /// Returns a mutable reference to the connection, for functions that need one.
    pub(super) fn connection_mut(&mut self) -> &mut Connection {
        self.guarded.connection_mut()
    }

    /// Records the statement that is about to run, for the watch.
    pub(super) fn runs(&self, script: &ParsedScript, statement: &Range<usize>) {
        if let Some(watch) = &self.watch {
            watch.runs(script.place(statement.clone()));
        }
    }

    /// Returns a table that the last statement read although its rows differ between databases at
    /// the same revision. Returns `None` if it read no such table.
    pub(super) fn read_version_table(&self) -> Option<String> {
        self.guarded.take_read()
    }

    /// Returns the complete schema, without Aludel's own tables.
    pub(crate) fn schema(&self) -> rusqlite::Result<Schema> {
        let mut reader = Reader::ignoring(self.own_tables());
        reader.read(self.connection(), &Touched::Everything)?;
        Ok(reader.schema().clone())
    }

    pub(super) fn names_of_own_tables(&self) -> [String; 2] {
        self.own_tables.clone()
    }

    pub(crate) fn own_tables(&self) -> impl Iterator<Item = &str> {
        self.own_tables.iter().map(String::as_str)
    }

    /// Runs one statement of a script to completion.
    pub(crate) fn run(&self, statement: &str) -> Result<(), Stopped> {
        self.notice_names_taken_as_text(statement).map_err(|error| {
            let (message, offset) = words_of(&error);
            Stopped::Failed(message, offset)
        })?;
        self.guarded.run(statement).map_err(|refused| {
            let code = refused.source.as_ref().and_then(rusqlite::Error::sqlite_error_code);
            self.is_refused
                .set(matches!(code, Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch)));
            refused.why
        })
    }

    /// Detects a double-quoted name that SQLite interprets as a string
    /// (<https://sqlite.org/quirks.html#dblquote>).
    ///
    /// Such a statement does not compile if this behavior is disabled. The proof runs the statement
    /// with the behavior enabled, as in a user's program.
    fn notice_names_taken_as_text(&self, statement: &str) -> rusqlite::Result<()> {
        self.took_as_text.take();
        if !statement.contains('"') {
            return Ok(());
        }
        self.take_names_as_text(false)?;
        let refusal = self.guarded.compile(statement).err();
        self.take_names_as_text(true)?;
        if let Some(refusal) = refusal
            && self.guarded.compile(statement).is_ok()
        {
            self.took_as_text.replace(Some(words_of(&refusal).0));
        }
        Ok(())
    }

    fn take_names_as_text(&self, allowed: bool) -> rusqlite::Result<()> {
        self.connection().set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, allowed)?;
        self.connection().set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, allowed).map(|_| ())
    }

    /// Returns SQLite's error if the last statement used a double-quoted name as a string, or
    /// `None` otherwise.
    pub(super) fn took_as_text(&self) -> Option<String> {
        self.took_as_text.take()
    }

    /// Returns the part of the schema that the scripts may have changed since the last call.
    pub(crate) fn touched(&self) -> Touched {
        self.seen.lock().map_or(Touched::Everything, |mut seen| std::mem::take(&mut seen.touched))
    }

    /// Returns the kinds and names of the temporary objects that scripts left behind.
    pub(super) fn temporary_objects(&self) -> rusqlite::Result<Vec<(String, String)>> {
        self.guarded.temporary_objects()
    }

    /// Returns the tables whose rows the scripts may have changed since the last call.
    pub(crate) fn written(&self) -> Written {
        self.seen.lock().map(|mut seen| std::mem::take(&mut seen.written)).unwrap_or_default()
    }

    /// Compiles a statement without running it. This records the tables that it would write.
    pub(super) fn look_at(&self, statement: &str) {
        // If the statement does not compile, running it reports the error.
        let _ = self.guarded.compile(statement);
    }

    /// Returns the tables and columns that a statement reaches, without running it.
    pub(super) fn reach(&self, statement: &str) -> Reach {
        let noted = |reach| self.seen.lock().map(|mut seen| std::mem::replace(&mut seen.reach, reach));
        let _ = noted(Some(Reach::default()));
        self.look_at(statement);
        let mut reach = noted(None).ok().flatten().unwrap_or_default();
        reach.replaces = reach.only_inserts() && self.deletes(statement).unwrap_or(false);
        reach
    }

    /// Returns `true` if the bytecode of a statement deletes rows
    /// (<https://sqlite.org/opcode.html#Delete>).
    fn deletes(&self, statement: &str) -> rusqlite::Result<bool> {
        let mut program = self.connection().prepare(&format!("EXPLAIN {statement}"))?;
        let opcodes = program.query_map([], |row| row.get::<_, String>(1))?;
        Ok(opcodes.flatten().any(|opcode| opcode == "Delete"))
    }

    /// Returns `true` if the last failed statement was stopped by a constraint or by the type of a
    /// value.
    pub(super) fn is_refused(&self) -> bool {
        self.is_refused.get()
    }

    /// Runs statements with a lower limit on the steps of each. The steps do not count towards the
    /// budget of the chain, because these are trials of the proof.
    pub(super) fn bounded<T>(&self, steps: u64, run: impl FnOnce() -> T) -> T {
        self.bound(Some(steps));
        let result = run();
        self.bound(None);
        result
    }

    /// Begins such trials, or ends them.
    pub(super) fn bound(&self, steps: Option<u64>) {
        self.guarded.try_with(steps);
    }

    /// Runs one of the proof's own statements.
    pub(crate) fn control(&self, statement: &str) -> rusqlite::Result<()> {
        self.connection().execute_batch(statement)
    }
}

/// Records the table whose rows a statement changes.
fn note_written(context: &AuthContext<'_>, written: &mut Written) {
    let (AuthAction::Insert { table_name: table }
    | AuthAction::Update { table_name: table, .. }
    | AuthAction::Delete { table_name: table }
    | AuthAction::CreateTable { table_name: table }
    | AuthAction::DropTable { table_name: table }
    | AuthAction::AlterTable { table_name: table, .. }) = context.action
    else {
        return;
    };
    if table.starts_with("sqlite_") && table != SEQUENCE {
        return;
    }
    if context.accessor.is_none() {
        written.directly.insert(Name::new(table));
        if matches!(context.action, AuthAction::Insert { .. }) {
            written.inserted.insert(Name::new(table));
        }
    }
    written.tables.insert(Name::new(table));
}
