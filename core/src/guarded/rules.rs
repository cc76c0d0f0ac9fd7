//! Defines which actions a script may take, and enforces this in SQLite's authorizer.

use std::fmt;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;

use rusqlite::hooks::{AuthAction, AuthContext, Authorization, TransactionOperation};

use super::flag::{flag, is_set, set};
use super::vacuum;
use crate::script::pragma_writes;

/// A callback for every action that SQLite is about to take on behalf of a script.
pub type Watch = Box<dyn Fn(&AuthContext<'_>) + Send + Sync>;

/// The name in `Allow` that permits a script to read the version table, the ledger, and other
/// tables whose rows differ between databases.
pub const READS_VERSION_TABLE: &str = "reads-version-table";

/// The table-valued pragmas that describe the schema. Their rows are the same in every database at
/// the same revision.
const PRAGMAS_OF_THE_SCHEMA: [&str; 14] = [
    "collation_list",
    "encoding",
    "foreign_key_check",
    "foreign_key_list",
    "function_list",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "module_list",
    "quick_check",
    "table_info",
    "table_list",
    "table_xinfo",
];

/// Virtual tables that read or write pages of the file instead of rows.
const TABLES_OF_THE_FILE: [&str; 2] = ["dbstat", "sqlite_dbpage"];

/// An action that a script is not allowed to take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Denied {
    /// Controls the transaction. The value is the keyword.
    Transaction(&'static str),
    /// Accesses another database file.
    OtherDatabase,
    /// Configures the connection or writes the file. The value is the pragma.
    Pragma(String),
    /// Loads an extension.
    LoadExtension,
    /// Changes one of Aludel's own tables.
    OwnTable(String),
    /// Reads one of Aludel's own tables, or another table whose rows differ between databases.
    Reads(String),
    /// Runs outside a transaction, where only a few statements are allowed.
    Outside,
}

impl fmt::Display for Denied {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transaction(keyword) => {
                write!(
                    formatter,
                    "a script cannot control the transaction, but this statement is a {keyword}"
                )
            }
            Self::OtherDatabase => formatter.write_str("a script cannot open or write another database file"),
            Self::Pragma(pragma) => {
                write!(
                    formatter,
                    "a script cannot run `PRAGMA {pragma}`: it configures the connection or writes the file"
                )
            }
            Self::LoadExtension => formatter.write_str("a script cannot load an extension"),
            Self::OwnTable(table) => {
                write!(formatter, "a script cannot change `{table}`, which belongs to Aludel")
            }
            Self::Outside => formatter.write_str(
                "a script outside a transaction can only run `VACUUM`, and the pragmas that it applies",
            ),
            Self::Reads(table) => write!(
                formatter,
                "a script cannot read `{table}`, which differs between databases, unless its header has `Allow: {READS_VERSION_TABLE}`"
            ),
        }
    }
}

/// The rules of one connection, and the events observed while the rules were enforced.
#[derive(Debug)]
pub(super) struct Rules {
    own_tables: [String; 2],
    armed: AtomicBool,
    in_transaction: AtomicBool,
    /// `true` if the statement belongs to a script that runs outside a transaction.
    outside: AtomicBool,
    /// `true` after that statement was compiled. It causes any later actions itself.
    compiled: AtomicBool,
    reads: AtomicBool,
    made_temporary: AtomicBool,
    rolled_back: AtomicBool,
    denied: Mutex<Option<Denied>>,
    /// A table that a script was allowed to read although its rows differ between databases.
    read: Mutex<Option<String>>,
}

impl Rules {
    pub(super) fn new(own_tables: [String; 2]) -> Self {
        Self {
            own_tables,
            armed: flag(),
            in_transaction: flag(),
            outside: flag(),
            compiled: flag(),
            reads: flag(),
            made_temporary: flag(),
            rolled_back: flag(),
            denied: Mutex::default(),
            read: Mutex::default(),
        }
    }

    pub(super) fn arm(&self, in_transaction: bool) {
        set(&self.in_transaction, in_transaction);
        set(&self.rolled_back, false);
        self.take_denied();
        set(&self.armed, true);
    }

    pub(super) fn arm_outside(&self) {
        set(&self.compiled, false);
        set(&self.outside, true);
        self.arm(false);
    }

    /// Allows the actions that `VACUUM` takes while it runs.
    pub(super) fn allow_vacuum(&self) {
        set(&self.compiled, true);
    }

    pub(super) fn disarm(&self) {
        set(&self.armed, false);
        set(&self.outside, false);
    }

    pub(super) fn allow_reads(&self, allowed: bool) {
        set(&self.reads, allowed);
    }

    pub(super) fn take_made_temporary(&self) -> bool {
        let made = is_set(&self.made_temporary);
        set(&self.made_temporary, false);
        made
    }

    pub(super) fn take_denied(&self) -> Option<Denied> {
        self.denied.lock().ok().and_then(|mut denied| denied.take())
    }

    pub(super) fn take_read(&self) -> Option<String> {
        self.read.lock().ok().and_then(|mut read| read.take())
    }

    /// Returns `true` if a transaction was rolled back while a statement ran.
    pub(super) fn saw_rollback(&self) -> bool {
        is_set(&self.rolled_back)
    }

    /// Returns `true` if a statement failed and SQLite rolled the transaction back, either because
    /// of an error such as a full disk, or because of `OR ROLLBACK`.
    pub(super) fn was_rolled_back_by<T>(&self, result: &rusqlite::Result<T>) -> bool {
        result.is_err() && self.saw_rollback()
    }

    /// Returns `true` if a commit must be turned into a rollback
    /// (<https://sqlite.org/c3ref/commit_hook.html>). No script may end a transaction.
    pub(super) fn forbids_commit(&self) -> bool {
        is_set(&self.armed) && is_set(&self.in_transaction)
    }

    pub(super) fn note_rollback(&self) {
        set(&self.rolled_back, true);
    }

    pub(super) fn authorize(&self, context: &AuthContext<'_>, watch: Option<&Watch>) -> Authorization {
        if !is_set(&self.armed) {
            return Authorization::Allow;
        }
        if context.database_name == Some("temp") {
            set(&self.made_temporary, true);
        }
        if let Some(watch) = watch {
            watch(context);
        }
        let Some(denied) = self.judge(context) else { return Authorization::Allow };
        if let Ok(mut first) = self.denied.lock() {
            first.get_or_insert(denied);
        }
        Authorization::Deny
    }

    /// Returns the rule that an action breaks, or `None` if it breaks none.
    ///
    /// Rule: a script does not control the transaction, access other files, configure the
    /// connection or change Aludel's own tables. It does not read tables whose rows differ between
    /// databases at the same revision, unless its header allows this.
    fn judge(&self, context: &AuthContext<'_>) -> Option<Denied> {
        if is_set(&self.outside) {
            return (!vacuum::allows(context, is_set(&self.compiled))).then_some(Denied::Outside);
        }
        match context.action {
            AuthAction::Transaction { operation } => Some(Denied::Transaction(keyword(operation))),
            AuthAction::Savepoint { .. } => Some(Denied::Transaction("SAVEPOINT")),
            AuthAction::Attach { .. } | AuthAction::Detach { .. } => Some(Denied::OtherDatabase),
            AuthAction::Pragma { pragma_name, pragma_value } => {
                pragma_writes(pragma_name, pragma_value.is_some())
                    .then(|| Denied::Pragma(pragma_name.to_owned()))
            }
            AuthAction::Function { function_name } => {
                function_name.eq_ignore_ascii_case("load_extension").then_some(Denied::LoadExtension)
            }
            AuthAction::Read { table_name, .. } if self.differs_between_databases(table_name) => {
                self.judge_read(table_name)
            }
            AuthAction::Insert { table_name }
            | AuthAction::Delete { table_name }
            | AuthAction::Update { table_name, .. }
            | AuthAction::CreateTable { table_name }
            | AuthAction::CreateView { view_name: table_name }
            | AuthAction::CreateVtable { table_name, .. }
            | AuthAction::DropTable { table_name }
            | AuthAction::DropVtable { table_name, .. }
            | AuthAction::DropView { view_name: table_name }
            | AuthAction::AlterTable { table_name, .. }
            | AuthAction::CreateIndex { table_name, .. }
            | AuthAction::DropIndex { table_name, .. }
            | AuthAction::CreateTrigger { table_name, .. }
            | AuthAction::DropTrigger { table_name, .. } => (self.is_own(table_name)
                || is_among(table_name, &TABLES_OF_THE_FILE))
            .then(|| Denied::OwnTable(table_name.to_owned())),
            // A temporary table with this name would hide the real table from statements that do
            // not name a schema.
            AuthAction::CreateTempTable { table_name }
            | AuthAction::CreateTempView { view_name: table_name }
            | AuthAction::CreateTempTrigger { table_name, .. } => {
                self.is_own(table_name).then(|| Denied::OwnTable(table_name.to_owned()))
            }
            _ => None,
        }
    }

    fn judge_read(&self, table: &str) -> Option<Denied> {
        if !is_set(&self.reads) {
            return Some(Denied::Reads(table.to_owned()));
        }
        if let Ok(mut read) = self.read.lock() {
            read.get_or_insert_with(|| table.to_owned());
        }
        None
    }

    fn is_own(&self, table: &str) -> bool {
        self.own_tables.iter().any(|own| own.eq_ignore_ascii_case(table))
    }

    fn differs_between_databases(&self, table: &str) -> bool {
        let pragma = table.get(.."pragma_".len()).filter(|head| head.eq_ignore_ascii_case("pragma_"));
        let is_pragma = pragma.and_then(|head| table.get(head.len()..));
        self.is_own(table)
            || is_among(table, &TABLES_OF_THE_FILE)
            || is_pragma.is_some_and(|pragma| !is_among(pragma, &PRAGMAS_OF_THE_SCHEMA))
    }
}

fn is_among(name: &str, names: &[&str]) -> bool {
    names.iter().any(|one| one.eq_ignore_ascii_case(name))
}

fn keyword(operation: TransactionOperation) -> &'static str {
    match operation {
        TransactionOperation::Begin => "BEGIN",
        TransactionOperation::Rollback => "ROLLBACK",
        // SQLite reports COMMIT, for which rusqlite has no variant.
        _ => "COMMIT",
    }
}
