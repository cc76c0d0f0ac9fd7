//! The scratch database: in memory, guarded, and bounded in steps, pages and time.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::{Arc, Mutex};

use aludel_core::chain::{create_history_table, create_version_table, history_table};
use aludel_core::guarded::{Bounds, Guarded, Limits};
use aludel_core::schema::sqlite::{Reader, Touched};
use aludel_core::schema::{Name, Schema};
use aludel_core::script::ParsedScript;
use aludel_core::script::sqlite::words_of;
use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext};
use rusqlite::{Connection, ErrorCode};

use super::rows::Reach;
use super::{Options, Watch, register};

pub(crate) use aludel_core::guarded::Stopped;

/// The table in which SQLite keeps the counters of AUTOINCREMENT.
pub(super) const SEQUENCE: &str = "sqlite_sequence";

/// The tables whose rows statements may have changed, those of triggers included.
#[derive(Debug, Default)]
pub(super) struct Written {
    /// All of them.
    pub(super) tables: BTreeSet<Name>,
    /// Those that a statement itself names, and not only a trigger.
    pub(super) directly: BTreeSet<Name>,
    /// Those into which a statement itself inserts.
    pub(super) inserted: BTreeSet<Name>,
}

/// The scratch database.
pub(crate) struct Scratch {
    guarded: Guarded<Connection>,
    own_tables: [String; 2],
    seen: Arc<Mutex<Seen>>,
    /// SQLite's words if it took a name in double quotes as text.
    took_as_text: RefCell<Option<String>>,
    watch: Option<Arc<Watch>>,
    /// The last statement that stopped was refused by a constraint.
    is_refused: Cell<bool>,
}

/// What scripts did since it was asked last.
#[derive(Debug, Default)]
struct Seen {
    touched: Touched,
    written: Written,
    /// What the statement that is compiled reaches, while this is asked.
    reach: Option<Reach>,
}

impl Scratch {
    pub(crate) fn open(options: &Options) -> rusqlite::Result<Self> {
        let connection = Connection::open_in_memory()?;
        let limits = Limits {
            pages: options.pages,
            page_size: options.page_size,
            longest_value: options.longest_value,
            ..Limits::default()
        };
        limits.set(&connection)?;
        let own_tables = [options.version_table.clone(), history_table(&options.version_table)];
        connection.execute_batch(&create_version_table(&own_tables[0]))?;
        connection.execute_batch(&create_history_table(&own_tables[1]))?;
        if let Some(prepare) = &options.prepare {
            prepare.0(&connection)?;
        }
        register(&connection, &options.functions)?;
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
        let bounds = Bounds { steps: options.steps, budget: options.budget.clone(), stop: options.stop() };
        let guarded = Guarded::new(connection, own_tables.clone(), Some(bounds), Some(watch))?;
        // The lint `reads-version-table` reports what a script reads; the runner refuses it.
        guarded.allow_reads(true);
        Ok(Self {
            guarded,
            own_tables,
            seen,
            took_as_text: RefCell::default(),
            watch: options.watch.clone(),
            is_refused: Cell::default(),
        })
    }

    /// The connection, for the proof's own statements.
    pub(crate) fn connection(&self) -> &Connection {
        self.guarded.connection()
    }

    /// The connection, for what needs it mutable.
    pub(super) fn connection_mut(&mut self) -> &mut Connection {
        self.guarded.connection_mut()
    }

    /// Notes which statement of a script runs next, for whoever watches the proof.
    pub(super) fn runs(&self, script: &ParsedScript, statement: &Range<usize>) {
        if let Some(watch) = &self.watch {
            watch.runs(script.place(statement.clone()));
        }
    }

    /// What differs between databases at one revision and the last statement read, if anything.
    pub(super) fn read_version_table(&self) -> Option<String> {
        self.guarded.take_read()
    }

    /// The whole schema, without Aludel's own tables.
    pub(crate) fn schema(&self) -> rusqlite::Result<Schema> {
        let mut reader = Reader::ignoring(self.own_tables());
        reader.read(self.connection(), &Touched::Everything)?;
        Ok(reader.schema().clone())
    }

    pub(crate) fn own_tables(&self) -> impl Iterator<Item = &str> {
        self.own_tables.iter().map(String::as_str)
    }

    /// Runs one statement of a script to its end.
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

    /// Notices a name in double quotes that SQLite takes as text (<https://sqlite.org/quirks.html#dblquote>): the statement cannot be
    /// compiled while that is not allowed. It runs while it is, as in a user's program.
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

    /// SQLite's words, where in the last statement it took a name in double quotes as text.
    pub(super) fn took_as_text(&self) -> Option<String> {
        self.took_as_text.take()
    }

    /// What the scripts may have changed in the schema since this was asked last.
    pub(crate) fn touched(&self) -> Touched {
        self.seen.lock().map_or(Touched::Everything, |mut seen| std::mem::take(&mut seen.touched))
    }

    /// The temporary objects that scripts left: the kind and the name.
    pub(super) fn temporary_objects(&self) -> rusqlite::Result<Vec<(String, String)>> {
        self.guarded.temporary_objects()
    }

    /// The tables whose rows the scripts may have changed since this was asked last.
    pub(super) fn written(&self) -> Written {
        self.seen.lock().map(|mut seen| std::mem::take(&mut seen.written)).unwrap_or_default()
    }

    /// Compiles a statement of a script without running it: what it would write is noted.
    pub(super) fn look_at(&self, statement: &str) {
        // If it does not compile, running it reports that.
        let _ = self.guarded.compile(statement);
    }

    /// What a statement reaches, without running it.
    pub(super) fn reach(&self, statement: &str) -> Reach {
        let noted = |reach| self.seen.lock().map(|mut seen| std::mem::replace(&mut seen.reach, reach));
        let _ = noted(Some(Reach::default()));
        self.look_at(statement);
        noted(None).ok().flatten().unwrap_or_default()
    }

    /// Whether the last statement that stopped was refused by a constraint, and not for the kind of its values.
    pub(super) fn is_refused(&self) -> bool {
        self.is_refused.get()
    }

    /// Lets statements take fewer steps meanwhile. What they take does not count for the chain: they are tries of the proof's own.
    pub(super) fn bounded<T>(&self, steps: u64, run: impl FnOnce() -> T) -> T {
        self.guarded.try_with(Some(steps));
        let result = run();
        self.guarded.try_with(None);
        result
    }

    /// Runs one of the proof's own statements.
    pub(crate) fn control(&self, statement: &str) -> rusqlite::Result<()> {
        self.connection().execute_batch(statement)
    }
}

/// Notes of which tables a statement changes the rows.
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
