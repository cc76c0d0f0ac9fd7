//! The errors of a run that did not start, was rolled back or stopped.
//!
//! Users may see these errors in an emergency. Each message states the problem, names the objects
//! involved, and confirms that nothing was changed. No message suggests deleting or forcing
//! anything. The next step is in [`hint`].

mod hint;
mod source;
mod statement;
mod target_hint;
mod words;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use aludel_core::chain::Script;
use aludel_core::escape;
use aludel_core::plan::NotBelow;
use aludel_core::targets::TargetError;
pub use source::DatabaseError;
pub(crate) use statement::RunningStatement;
pub use statement::StatementFailure;
use words::{edited_words, failed_words, named, parts_words, violation_words, word};

use crate::ledger_plan::LedgerFault;
use crate::{
    AdoptFault, ForeignKeyViolation, InvalidDatabase, OtherTool, OwnTableDefect, Report, SchemaMatch,
};

/// A script that was edited after it was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DivergedScript {
    /// The revision.
    pub revision: String,
    /// Its file, as recorded in the chain.
    pub file: String,
}

impl DivergedScript {
    pub(crate) fn of(script: &Script) -> Self {
        Self { revision: script.id.to_string(), file: script.file.to_string() }
    }
}

/// An error of a migration. Nothing was changed, except by [`Error::TransactionEnded`],
/// [`Error::Partly`], and statements outside a transaction.
///
/// `Debug` prints the message for a person, with its causes and a hint, because
/// `fn main() -> Result<(), aludel::Error>` prints errors with `Debug`.
#[derive(thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the field names and the message explain them")]
pub enum Error {
    /// The database has revisions that the chain lacks: a newer program migrated it.
    #[error(
        "the database is ahead of this program: it has {}, which this program does not define; nothing was changed",
        named(unknown)
    )]
    Ahead { unknown: Vec<String> },
    /// The database is before the squash point of the chain.
    #[error(
        "the database is at {}, which is before the squash point `{point}`: this program has one script in place of those up to `{point}`; nothing was changed",
        named(revisions)
    )]
    BeforeSquash { revisions: Vec<String>, point: String },
    /// The run would revert the base of a squash on a database that the base did not create.
    #[error(
        "cannot downgrade below the squash point `{revision}`: this database was not created by the base of the squash, so the base's downgrade does not revert the scripts that ran; nothing was changed"
    )]
    NotCreatedByBase { revision: String },
    /// A script for `sqlite3` or `psql` would begin at or after a squash point, but no database was
    /// specified.
    #[error(
        "cannot write a script that begins at `{start}`: only a database's ledger shows whether the base of the squash `{point}` or the scripts that it replaced were applied"
    )]
    ScriptAfterSquash { start: String, point: String },
    /// A script was edited after it was applied.
    #[error(
        "the database diverged: {} edited after being applied; nothing was changed",
        edited_words(edited)
    )]
    Diverged { edited: Vec<DivergedScript> },
    /// The database has tables, but no version table.
    #[error(
        "the database has tables ({}) but no revision, so the applied scripts are unknown; nothing was changed",
        tables.join(", ")
    )]
    Unversioned { tables: Vec<String>, matches: Vec<SchemaMatch>, tool: Option<OtherTool> },
    /// Another process held the database lock for longer than the limit.
    #[error("the database is locked by another process: waited {:.1} s; nothing was changed", waited.as_secs_f64())]
    Locked { waited: Duration },
    /// The file, or the connection to it, is read-only.
    #[error("the database is read-only; nothing was changed")]
    ReadOnly,
    /// A statement of a script failed.
    #[error(
        "{} of revision `{}` failed at {}:{}:{} and was rolled back: {}\n{}",
        word(.0.direction), .0.revision, .0.file, .0.line, .0.column, .0.message, .0.statement
    )]
    Failed(Box<StatementFailure>),
    /// The run's transaction ended while a script was running, so earlier statements may be
    /// committed.
    #[error(
        "the transaction of the run was ended during {} of revision `{}`, at {}:{}:{}: earlier statements may be committed, and the version rows do not record them\n{}",
        word(.0.direction), .0.revision, .0.file, .0.line, .0.column, .0.statement
    )]
    TransactionEnded(Box<StatementFailure>),
    /// The run would have violated foreign keys.
    #[error(
        "the run was rolled back because it would have violated foreign keys: {}",
        violation_words(violations)
    )]
    ForeignKeys { violations: Vec<ForeignKeyViolation> },
    /// The run was interrupted.
    #[error("interrupted and rolled back")]
    Interrupted,
    /// The database has applied revisions that the target does not include.
    #[error(
        "the database cannot be migrated to exactly {}: it is at {}, which is past that revision or on another branch; nothing was changed",
        named(expected),
        named(found)
    )]
    Beyond { expected: Vec<String>, found: Vec<String> },
    /// The downgrade would revert a script that cannot be reverted.
    #[error(
        "`{revision}` is irreversible, so the database cannot be downgraded past it: {reason}; nothing was changed"
    )]
    Irreversible { revision: String, file: String, reason: String },
    /// The run includes a script outside a transaction, which is not allowed.
    #[error(
        "`{revision}` ({file}) runs outside a transaction, which this run does not allow: {reason}; nothing was changed"
    )]
    OutsideTransaction { revision: String, file: String, reason: String },
    /// A run with scripts outside a transaction stopped after some of its parts were committed.
    /// `report` describes the committed parts, and `source` is the reason.
    #[error(
        "the run stopped after {}, and the database is at {}",
        parts_words(report),
        named(&report.current)
    )]
    Partly { report: Box<Report>, source: Box<Self> },
    /// The database is not at the expected place, and the caller did not ask for a run.
    #[error("the database is not at {}: it is at {}", named(expected), named(found))]
    NotAt { expected: Vec<String>, found: Vec<String> },
    /// The database is no longer at the start of the plan, because another process migrated it
    /// after the plan was made.
    #[error(
        "the database changed: the plan starts at {}, but the database is now at {}; nothing was changed",
        named(expected),
        named(found)
    )]
    Moved { expected: Vec<String>, found: Vec<String> },
    /// The version table or the ledger cannot be read or written.
    #[error("Aludel's own table `{table}` {defect}; nothing was changed")]
    OwnTable { table: String, defect: OwnTableDefect },
    /// The version table does not contain the rows that the run wrote.
    #[error(
        "the run was rolled back because the version table `{table}` does not contain the rows that were written: expected {}, found {found}",
        named(expected)
    )]
    NotRecorded { table: String, expected: Vec<String>, found: String },
    /// The ledger cannot be used to revert to a revision that the chain contains: a script is
    /// missing, or the rows are inconsistent. `damage` is the reason that part of the ledger was
    /// not read.
    #[error(
        "cannot revert with the ledger `{table}`: {fault}{}; nothing was changed",
        damage.as_ref().map(|damage| format!(" (the ledger {damage})")).unwrap_or_default()
    )]
    Ledger { table: String, fault: Box<LedgerFault>, damage: Option<String> },
    /// The database could not be backed up before the run.
    #[error(
        "cannot back up the database{}: {why}; nothing was changed",
        path.as_ref().map(|path| format!(" to `{}`", path.display())).unwrap_or_default()
    )]
    Backup { path: Option<PathBuf>, why: String },
    /// Reading the changes in the database requires write access.
    #[error("cannot read the database `{}`: {why}; nothing was changed", path.display())]
    NeedsRecovery { path: PathBuf, why: &'static str },
    /// A database of another tool cannot be adopted, because it is unclear which revisions
    /// correspond to the tool's migrations.
    #[error("the database was not adopted: {fault}; nothing was changed")]
    NotAdopted { fault: Box<AdoptFault> },
    /// The target cannot be resolved.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The target of a downgrade is not applied.
    #[error(transparent)]
    NotBelow(#[from] NotBelow),
    /// The text does not name a database.
    #[error(transparent)]
    InvalidDatabase(#[from] InvalidDatabase),
    /// The file cannot be opened.
    #[error("cannot open the database `{}`", path.display())]
    Open { path: PathBuf, source: DatabaseError },
    /// The server cannot be reached, or rejects the connection.
    #[error("cannot connect to the database `{database}`")]
    Connect { database: String, source: DatabaseError },
    /// The certificates that verify a server cannot be read.
    #[error("cannot read the certificates that verify the server of `{database}`: {why}")]
    Certificates { database: String, why: String },
    /// The database URL requires TLS, but this build does not support it.
    #[error(
        "cannot connect to the database `{database}`: its URL requires TLS, and this program was built without it"
    )]
    NoTls { database: String },
    /// The file of a scratch database cannot be created.
    #[error("cannot create the database `{}`", path.display())]
    Create { path: PathBuf, source: std::io::Error },
    /// The database is in memory, where no second connection can reach it.
    #[error("cannot open another connection: the database is in memory")]
    InMemory,
    /// The hook that prepares connections failed.
    #[error("preparing the connection failed")]
    Prepare { source: DatabaseError },
    /// The schema that the scripts produce cannot be determined, because a script fails on an empty
    /// in-memory database.
    #[error(
        "cannot determine the schema that the scripts produce: the upgrade of `{revision}` fails on an empty database, at {file}:{line}:{column}: {message}"
    )]
    NotMade { revision: String, file: String, line: usize, column: usize, message: String },
    /// The server lacks a feature that a run needs.
    #[error("the server cannot run migrations safely: it lacks {missing}; nothing was changed")]
    NotCapable { missing: &'static str },
    /// The connection's search path names no schema in which the tables could be created.
    #[error(
        "there is no schema for the version table `{table}`: the connection's search path contains no existing schema"
    )]
    NoSchema { table: String },
    /// A script outside a transaction needs a second session, and the migrator cannot open one.
    #[error(
        "a script outside a transaction needs a second connection that holds the lock; nothing was changed"
    )]
    NoSecondSession,
    /// The connection goes through a pooler in transaction mode, so a session does not last for the
    /// whole run.
    #[error(
        "the connection goes through a pooler that shares the server's sessions between transactions, so a script outside a transaction cannot run; nothing was changed"
    )]
    Pooled,
    /// Another session still runs the same statement outside a transaction, for example because its
    /// program was killed. `process` is its process on the server.
    #[error(
        "process {process} of the server still runs the statement of `{revision}` outside a transaction: waited {:.1} s; nothing was changed",
        waited.as_secs_f64()
    )]
    StillRunning { revision: String, process: i32, waited: Duration },
    /// A statement outside a transaction ran, and something failed before that was recorded.
    /// `error` is the reason.
    #[error("`{revision}` ran outside a transaction, but that is not recorded: {}", failed_words(error))]
    RanOutside { revision: String, error: Box<Self> },
    /// A statement outside a transaction failed. Its effects up to the failure remain.
    #[error(
        "{} of revision `{}` failed at {}:{}:{}, outside a transaction: {}\n{}",
        word(.0.direction), .0.revision, .0.file, .0.line, .0.column, .0.message, .0.statement
    )]
    FailedOutside(Box<StatementFailure>),
    /// A statement outside a transaction was interrupted. Its effects up to the interruption
    /// remain.
    #[error(
        "interrupted while `{revision}` ran outside a transaction{}",
        note.as_ref().map(|note| format!(": {note}")).unwrap_or_default()
    )]
    InterruptedOutside { revision: String, note: Option<String> },
    /// The connection was lost during the commit, so it is unknown whether the run was committed.
    #[error("the connection was lost during the commit: it is unknown whether the run was committed")]
    CommitUnknown { source: DatabaseError },
    /// The session that holds the lock ended while a script ran outside a transaction.
    #[error(
        "the second connection, which holds the lock, was lost: the statement ran, but it is not recorded"
    )]
    LockLost,
    /// The program has an open transaction on the connection.
    #[error("the connection is in a transaction, which a migrator would end; nothing was changed")]
    InTransaction,
    /// The server is a standby or read-only.
    #[error("the server is read-only; nothing was changed")]
    Standby,
    /// The chain is written for a different kind of database.
    #[error("the scripts are written for {found}, and this database is {expected}; nothing was changed")]
    OtherDialect { expected: &'static str, found: &'static str },
    /// A database operation failed outside a script, before anything ran.
    #[error("{doing} failed; nothing was changed")]
    Database { doing: &'static str, source: DatabaseError },
    /// A database operation failed outside a script, during a run.
    #[error("{doing} failed, and the run was rolled back")]
    RolledBack { doing: &'static str, source: DatabaseError },
}

impl Error {
    /// Returns the exit code for a program that stops with this error.
    ///
    /// | code | error |
    /// |---|---|
    /// | 2 | invalid target or database |
    /// | 3 | the database is ahead |
    /// | 4 | the database diverged |
    /// | 5 | locked, or a killed program's statement still runs |
    /// | 6 | failed and rolled back, except for statements outside a transaction |
    /// | 7 | unversioned |
    /// | 8 | the transaction was ended and work was committed |
    /// | 130 | interrupted and rolled back, except for statements outside a transaction; a program that knows the signal was SIGTERM returns 143 instead |
    /// | 1 | any other error |
    ///
    /// If a run stopped after some of its parts, or after its statement outside a transaction,
    /// returns the code of the error that stopped it.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Target(_) | Self::InvalidDatabase(_) => 2,
            Self::Ahead { .. } | Self::BeforeSquash { .. } => 3,
            Self::Diverged { .. } => 4,
            Self::Locked { .. } | Self::StillRunning { .. } => 5,
            Self::Failed(_)
            | Self::FailedOutside(_)
            | Self::ForeignKeys { .. }
            | Self::RolledBack { .. }
            | Self::NotRecorded { .. } => 6,
            Self::Unversioned { .. } | Self::NotAdopted { .. } => 7,
            Self::TransactionEnded(_) => 8,
            Self::Interrupted | Self::InterruptedOutside { .. } => 130,
            Self::Partly { source: error, .. } | Self::RanOutside { error, .. } => error.exit_code(),
            Self::Beyond { .. }
            | Self::Irreversible { .. }
            | Self::OutsideTransaction { .. }
            | Self::NotCreatedByBase { .. }
            | Self::ScriptAfterSquash { .. }
            | Self::NotAt { .. }
            | Self::NotBelow(_)
            | Self::Moved { .. }
            | Self::OwnTable { .. }
            | Self::Ledger { .. }
            | Self::Backup { .. }
            | Self::NeedsRecovery { .. }
            | Self::NotMade { .. }
            | Self::ReadOnly
            | Self::NotCapable { .. }
            | Self::NoSchema { .. }
            | Self::NoSecondSession
            | Self::Pooled
            | Self::OtherDialect { .. }
            | Self::CommitUnknown { .. }
            | Self::LockLost
            | Self::InTransaction
            | Self::Standby
            | Self::Open { .. }
            | Self::Create { .. }
            | Self::Connect { .. }
            | Self::Certificates { .. }
            | Self::NoTls { .. }
            | Self::InMemory
            | Self::Prepare { .. }
            | Self::Database { .. } => 1,
        }
    }

    /// Converts an error that occurred during a run.
    pub(crate) fn rolled_back(self) -> Self {
        match self {
            Self::Database { doing, source } => Self::RolledBack { doing, source },
            other => other,
        }
    }
}

/// Returns the causes of an error, nearest first.
///
/// Omits a cause that the preceding messages already contain, and the numeric code of an SQLite
/// error.
pub fn causes(error: &(dyn std::error::Error + 'static)) -> Vec<String> {
    let reported = error.to_string();
    let mut causes: Vec<String> = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        let of_database = source::words(cause);
        // A database error's message already contains the messages of its causes.
        next = if of_database.is_some() { None } else { cause.source() };
        let words = of_database.unwrap_or_else(|| cause.to_string());
        if !reported.contains(&words) && !causes.iter().any(|reported| reported.contains(&words)) {
            causes.push(words);
        }
    }
    causes
}

impl From<AdoptFault> for Error {
    fn from(fault: AdoptFault) -> Self {
        Self::NotAdopted { fault: Box::new(fault) }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&escape::block(&self.to_string()))?;
        for cause in causes(self) {
            write!(formatter, "\n  caused by: {}", escape::line(&cause))?;
        }
        self.hint().map_or(Ok(()), |hint| write!(formatter, "\n  help: {}", escape::line(&hint)))
    }
}
