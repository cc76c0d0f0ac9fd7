//! The scratch database: in memory, under an authorizer, bounded in steps and pages.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::{Connection, ErrorCode, Statement};

use super::Options;
use super::rows::Reach;
use crate::chain::history_table;
use crate::schema::sqlite::{Reader, Touched};
use crate::schema::{Name, Schema};
use crate::script::pragma_writes;
use crate::script::sqlite::words_of;

/// How many steps pass between two looks at the count.
const STEPS_BETWEEN_LOOKS: i32 = 1000;

/// The longest text or blob that a script may make, in bytes.
const LONGEST_VALUE: i32 = 16 * 1024 * 1024;

/// The table in which SQLite keeps the counters of AUTOINCREMENT.
pub(super) const SEQUENCE: &str = "sqlite_sequence";

/// Why a statement stopped.
#[derive(Debug)]
pub(crate) enum Stopped {
    /// It took too many steps.
    Steps,
    /// It filled too many pages.
    Pages,
    /// It reached for one of Aludel's own tables.
    OwnTable(String),
    /// The authorizer refused it.
    NotAuthorized(String),
    /// SQLite refused it: its words, and the byte in the statement where it says one.
    Failed(String, Option<usize>),
}

impl fmt::Display for Stopped {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Steps => formatter.write_str("it takes too many steps of SQLite's machine"),
            Self::Pages => formatter.write_str("it fills the scratch database"),
            Self::OwnTable(table) => write!(formatter, "`{table}` is Aludel's own table"),
            Self::NotAuthorized(message) | Self::Failed(message, _) => formatter.write_str(message),
        }
    }
}

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
    pub(crate) connection: Connection,
    guarded: Arc<AtomicBool>,
    steps_left: Arc<AtomicU64>,
    steps: Cell<u64>,
    own_tables: [String; 2],
    touched: Arc<Mutex<Touched>>,
    made_temporary: Arc<AtomicBool>,
    /// SQLite's words where it took a name in double quotes as text.
    took_as_text: RefCell<Option<String>>,
    written: Arc<Mutex<Written>>,
    /// What the statement that is compiled reaches, while this is asked.
    reach: Arc<Mutex<Option<Reach>>>,
    /// The last statement that stopped was refused by a constraint.
    is_refused: Cell<bool>,
}

impl Scratch {
    pub(crate) fn open(options: &Options) -> rusqlite::Result<Self> {
        let mut connection = Connection::open_in_memory()?;
        let own_tables = [options.version_table.clone(), history_table(&options.version_table)];
        connection.execute_batch(&format!(
            "PRAGMA foreign_keys = OFF; PRAGMA temp_store = MEMORY; PRAGMA page_size = {size}; PRAGMA max_page_count = {pages};
             CREATE TABLE \"{}\" (version_num); CREATE TABLE \"{}\" (id);",
            own_tables[0],
            own_tables[1],
            pages = options.pages,
            size = options.page_size,
        ))?;
        if let Some(prepare) = &options.prepare {
            prepare.0(&connection)?;
            connection.execute_batch("PRAGMA foreign_keys = OFF")?;
        }
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LONGEST_VALUE)?;
        let guarded = Arc::new(AtomicBool::new(false));
        let steps_left = Arc::new(AtomicU64::new(options.steps));
        let touched = Arc::new(Mutex::new(Touched::Nothing));
        let made_temporary = Arc::new(AtomicBool::new(false));
        let written = Arc::new(Mutex::new(Written::default()));
        let (guard, owned, touching) = (Arc::clone(&guarded), own_tables.clone(), Arc::clone(&touched));
        let reach = Arc::new(Mutex::new(None::<Reach>));
        let reaching = Arc::clone(&reach);
        let (writing, making_temporary) = (Arc::clone(&written), Arc::clone(&made_temporary));
        connection.authorizer(Some(move |context: AuthContext<'_>| {
            if !guard.load(Ordering::Relaxed) {
                return Authorization::Allow;
            }
            if context.database_name == Some("temp") {
                making_temporary.store(true, Ordering::Relaxed);
            }
            if let Ok(mut touched) = touching.lock() {
                touched.note(&context);
            }
            if let Ok(mut written) = writing.lock() {
                note_written(&context, &mut written);
            }
            if let Ok(mut reach) = reaching.lock()
                && let Some(reach) = reach.as_mut()
            {
                reach.note(&context);
            }
            authorize(&context, &owned)
        }))?;
        let left = Arc::clone(&steps_left);
        connection.progress_handler(
            STEPS_BETWEEN_LOOKS,
            Some(move || {
                let taken = u64::from(STEPS_BETWEEN_LOOKS.unsigned_abs());
                left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(taken))
                    .is_err()
            }),
        )?;
        Ok(Self {
            connection,
            guarded,
            steps_left,
            steps: Cell::new(options.steps),
            own_tables,
            touched,
            made_temporary,
            took_as_text: RefCell::default(),
            written,
            reach,
            is_refused: Cell::default(),
        })
    }

    /// The whole schema, without Aludel's own tables.
    pub(crate) fn schema(&self) -> rusqlite::Result<Schema> {
        let mut reader = Reader::ignoring(self.own_tables());
        reader.read(&self.connection, &Touched::Everything)?;
        Ok(reader.schema().clone())
    }

    pub(crate) fn own_tables(&self) -> impl Iterator<Item = &str> {
        self.own_tables.iter().map(String::as_str)
    }

    /// Runs one statement of a script to its end.
    pub(crate) fn run(&self, statement: &str) -> Result<(), Stopped> {
        self.guarded.store(true, Ordering::Relaxed);
        self.steps_left.store(self.steps.get(), Ordering::Relaxed);
        let result = self.prepare(statement).and_then(|mut prepared| {
            let mut rows = prepared.raw_query();
            while rows.next()?.is_some() {}
            Ok(())
        });
        self.guarded.store(false, Ordering::Relaxed);
        self.steps_left.store(u64::MAX, Ordering::Relaxed);
        result.map_err(|error| self.stopped(statement, &error))
    }

    /// Prepares a statement. Where SQLite takes a name in double quotes as text (<https://sqlite.org/quirks.html#dblquote>), it is noticed: the
    /// statement cannot be prepared where that is not allowed. It runs where it is, as in a user's program.
    fn prepare(&self, statement: &str) -> rusqlite::Result<Statement<'_>> {
        self.took_as_text.take();
        if !statement.contains('"') {
            return self.connection.prepare(statement);
        }
        self.take_names_as_text(false)?;
        let refusal = self.connection.prepare(statement).err();
        self.take_names_as_text(true)?;
        let prepared = self.connection.prepare(statement)?;
        self.took_as_text.replace(refusal.map(|error| words_of(&error).0));
        Ok(prepared)
    }

    fn take_names_as_text(&self, allowed: bool) -> rusqlite::Result<()> {
        self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, allowed)?;
        self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DDL, allowed).map(|_| ())
    }

    /// SQLite's words, where in the last statement it took a name in double quotes as text.
    pub(super) fn took_as_text(&self) -> Option<String> {
        self.took_as_text.take()
    }

    /// What the scripts may have changed in the schema since this was asked last.
    pub(crate) fn touched(&self) -> Touched {
        self.touched.lock().map_or(Touched::Everything, |mut touched| std::mem::take(&mut *touched))
    }

    /// The temporary objects that scripts left: the kind and the name.
    pub(super) fn temporary_objects(&self) -> rusqlite::Result<Vec<(String, String)>> {
        if !self.made_temporary.swap(false, Ordering::Relaxed) {
            return Ok(Vec::new());
        }
        let mut statement = self.connection.prepare(
            "SELECT type, name FROM temp.sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type, name",
        )?;
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect()
    }

    /// The tables whose rows the scripts may have changed since this was asked last.
    pub(super) fn written(&self) -> Written {
        self.written.lock().map(|mut written| std::mem::take(&mut *written)).unwrap_or_default()
    }

    /// Compiles a statement of a script without running it: what it would write is noted.
    pub(super) fn look_at(&self, statement: &str) {
        self.guarded.store(true, Ordering::Relaxed);
        // Where it cannot be compiled, running it says so.
        let _ = self.connection.prepare(statement).map(drop);
        self.guarded.store(false, Ordering::Relaxed);
    }

    /// What a statement reaches, without running it.
    pub(super) fn reach(&self, statement: &str) -> Reach {
        let noted = |reach| self.reach.lock().map(|mut noted| std::mem::replace(&mut *noted, reach));
        let _ = noted(Some(Reach::default()));
        self.look_at(statement);
        noted(None).ok().flatten().unwrap_or_default()
    }

    /// Whether the last statement that stopped was refused by a constraint, and not for the kind of its values.
    pub(super) fn is_refused(&self) -> bool {
        self.is_refused.get()
    }

    /// Lets statements take fewer steps meanwhile.
    pub(super) fn bounded<T>(&self, steps: u64, run: impl FnOnce() -> T) -> T {
        let all = self.steps.replace(self.steps.get().min(steps));
        let result = run();
        self.steps.set(all);
        result
    }

    /// Runs one of the proof's own statements.
    pub(crate) fn control(&self, statement: &str) -> rusqlite::Result<()> {
        self.connection.execute_batch(statement)
    }

    fn stopped(&self, statement: &str, error: &rusqlite::Error) -> Stopped {
        let code = error.sqlite_error_code();
        self.is_refused.set(matches!(code, Some(ErrorCode::ConstraintViolation | ErrorCode::TypeMismatch)));
        match code {
            Some(ErrorCode::OperationInterrupted) => Stopped::Steps,
            Some(ErrorCode::DiskFull) => Stopped::Pages,
            Some(ErrorCode::AuthorizationForStatementDenied) => {
                let lower = statement.to_lowercase();
                let own = self.own_tables().find(|table| lower.contains(&table.to_lowercase()));
                own.map_or_else(
                    || Stopped::NotAuthorized(words_of(error).0),
                    |table| Stopped::OwnTable(table.to_owned()),
                )
            }
            _ => {
                let (message, offset) = words_of(error);
                Stopped::Failed(message, offset)
            }
        }
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

/// Rule: a script neither controls the transaction, nor reaches for another file, nor sets the connection, nor touches Aludel's tables.
fn authorize(context: &AuthContext<'_>, own_tables: &[String; 2]) -> Authorization {
    let is_own = |table: &str| own_tables.iter().any(|own| own.eq_ignore_ascii_case(table));
    let allowed = match context.action {
        AuthAction::Transaction { .. }
        | AuthAction::Savepoint { .. }
        | AuthAction::Attach { .. }
        | AuthAction::Detach { .. } => false,
        AuthAction::Pragma { pragma_name, pragma_value } => {
            !pragma_writes(pragma_name, pragma_value.is_some())
        }
        AuthAction::Function { function_name } => !function_name.eq_ignore_ascii_case("load_extension"),
        AuthAction::Insert { table_name }
        | AuthAction::Delete { table_name }
        | AuthAction::Update { table_name, .. }
        | AuthAction::CreateTable { table_name }
        | AuthAction::CreateView { view_name: table_name }
        | AuthAction::DropTable { table_name }
        | AuthAction::AlterTable { table_name, .. }
        | AuthAction::CreateIndex { table_name, .. }
        | AuthAction::CreateTrigger { table_name, .. } => !is_own(table_name),
        _ => true,
    };
    if allowed { Authorization::Allow } else { Authorization::Deny }
}
