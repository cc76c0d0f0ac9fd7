//! Why a run did not happen, or was rolled back.
//!
//! A person meets these at three in the morning: each says what is wrong and that nothing was changed, names what it is about, and never
//! suggests to delete or to force anything.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use aludel_core::escape;
use aludel_core::plan::{Direction, NotBelow};
use aludel_core::script::sqlite::words_of;
use aludel_core::target::TargetError;
use rusqlite::ErrorCode;

use crate::own_table::Unusable;
use crate::resemblance::told;
use crate::{Defect, InvalidDatabase, Match, Violation};

/// How many violations one message tells.
const VIOLATIONS_SHOWN: usize = 10;

/// What to do about a file that cannot be written.
const WRITABLE: &str = "check that the file and its folder may be written";

/// What to do where SQLite has the file itself open, and none beside it (<https://sqlite.org/wal.html#readonly>).
const WRITABLE_FOLDER: &str = "SQLite could not open a file beside it: in WAL mode even reading needs a folder that may be written; mount it writable, or copy the file, with the `-wal` beside it, to a folder that is";

/// What to do about scripts that were edited.
const DIVERGED: &str = "restore the scripts as they were applied (the ledger keeps their text, in `upgrade_sql` and `downgrade_sql`) and make the change in a new revision; or, if the schema is known to be that of the scripts as they are now, record them with `stamp --purge` and the revision that the database is at";

/// A script that differs from what was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Edited {
    /// The revision.
    pub revision: String,
    /// Its file, as the chain knows it.
    pub file: String,
}

/// A statement of a script at which a run ended.
#[derive(Debug)]
#[non_exhaustive]
pub struct Failure {
    /// Which way the script ran.
    pub direction: Direction,
    /// Its revision.
    pub revision: String,
    /// Its file, as the chain knows it.
    pub file: String,
    /// The line in the file, from 1.
    pub line: usize,
    /// The column in the line, in characters from 1.
    pub column: usize,
    /// The first lines of the statement, with their numbers.
    pub statement: String,
    /// Why, in SQLite's words or ours.
    pub message: String,
    /// SQLite's error, if there is one.
    pub source: Option<rusqlite::Error>,
}

/// Why a database is not where it should be. A run that ends with an error changed nothing, unless it is [`Error::TransactionEnded`].
///
/// `Debug` tells it as a person reads it, with its causes and what to do next: that is what `fn main() -> Result<(), aludel::Error>` prints.
#[derive(thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields are named for what they are, and the message says it")]
pub enum Error {
    /// The database has revisions that the chain lacks: a newer program was here.
    #[error(
        "the database is ahead of this program: it has {}, which this program does not know; nothing was changed",
        named(unknown)
    )]
    Ahead { unknown: Vec<String> },
    /// A script differs from what was applied.
    #[error(
        "the database diverged: {} edited after being applied; nothing was changed",
        edited_words(edited)
    )]
    Diverged { edited: Vec<Edited> },
    /// There are tables, but no version table.
    #[error(
        "the database has tables ({}) but no revision, so it is not known which scripts it has seen; nothing was changed",
        tables.join(", ")
    )]
    Unversioned { tables: Vec<String>, matches: Vec<Match> },
    /// Another process held the database longer than the limit.
    #[error("another process holds the database: waited {:.1} s for it; nothing was changed", waited.as_secs_f64())]
    Locked { waited: Duration },
    /// The file, or the way in which it was opened, does not let it be written.
    #[error("the database can be read, but not written; nothing was changed")]
    ReadOnly,
    /// A statement of a script failed.
    #[error(
        "{} of revision `{}` failed at {}:{}:{} and was rolled back: {}\n{}",
        word(.0.direction), .0.revision, .0.file, .0.line, .0.column, .0.message, .0.statement
    )]
    Failed(Box<Failure>),
    /// Something ended the transaction of a run while a script ran, and what was done before may be committed.
    #[error(
        "the transaction of the run was ended while {} of revision `{}` ran, at {}:{}:{}: what ran before this statement may be committed, and the version rows do not record it\n{}",
        word(.0.direction), .0.revision, .0.file, .0.line, .0.column, .0.statement
    )]
    TransactionEnded(Box<Failure>),
    /// The run would have left rows that refer to nothing.
    #[error(
        "the run was rolled back, because it would have left rows that refer to nothing: {}",
        violation_words(violations)
    )]
    ForeignKeys { violations: Vec<Violation> },
    /// The run was interrupted.
    #[error("interrupted, and rolled back")]
    Interrupted,
    /// The database has more than the target.
    #[error(
        "the database cannot come to exactly {}: it is at {}, which is beyond it or on another line; nothing was changed",
        named(expected),
        named(found)
    )]
    Beyond { expected: Vec<String>, found: Vec<String> },
    /// The database is not where it has to be, and nothing was to be run.
    #[error("the database is not at {}: it is at {}", named(expected), named(found))]
    NotAt { expected: Vec<String>, found: Vec<String> },
    /// The database is not where the plan starts: another process moved it since the plan was made.
    #[error(
        "the database moved: the plan starts at {}, and the database is at {} now; nothing was changed",
        named(expected),
        named(found)
    )]
    Moved { expected: Vec<String>, found: Vec<String> },
    /// The version table, or the ledger, is not one that can be read and written.
    #[error("the table `{table}`, which is Aludel's own, {defect}; nothing was changed")]
    OwnTable { table: String, defect: Defect },
    /// The version table does not hold what the run wrote to it.
    #[error(
        "the run was rolled back, because the version table `{table}` does not hold what was written to it: expected {}, found {found}",
        named(expected)
    )]
    NotRecorded { table: String, expected: Vec<String>, found: String },
    /// The database holds changes that only a connection that may write can read.
    #[error("cannot read the database `{}`: {why}; nothing was changed", path.display())]
    NeedsRecovery { path: PathBuf, why: &'static str },
    /// The target cannot be resolved.
    #[error(transparent)]
    Target(#[from] TargetError),
    /// The target of a downgrade is not applied.
    #[error(transparent)]
    NotBelow(#[from] NotBelow),
    /// The text names no SQLite database.
    #[error(transparent)]
    InvalidDatabase(#[from] InvalidDatabase),
    /// The file cannot be opened.
    #[error("cannot open the database `{}`", path.display())]
    Open { path: PathBuf, source: rusqlite::Error },
    /// The file of a scratch database cannot be created.
    #[error("cannot create the database `{}`", path.display())]
    Create { path: PathBuf, source: std::io::Error },
    /// The database is in memory, where no second connection can reach it.
    #[error("the database is in memory: no further connection can be opened to it")]
    InMemory,
    /// The hook that prepares connections failed.
    #[error("preparing the connection failed")]
    Prepare { source: rusqlite::Error },
    /// The schema that the scripts make cannot be known: one does not run on an empty database in memory.
    #[error(
        "the schema that the scripts make is not known: the upgrade of `{revision}` does not run on an empty database, at {file}:{line}:{column}: {message}"
    )]
    NotMade { revision: String, file: String, line: usize, column: usize, message: String },
    /// SQLite failed outside of a script, before anything was run.
    #[error("{doing} failed; nothing was changed")]
    Sqlite { doing: &'static str, source: rusqlite::Error },
    /// SQLite failed outside of a script, in a run that had begun.
    #[error("{doing} failed, and the run was rolled back")]
    RolledBack { doing: &'static str, source: rusqlite::Error },
}

impl Error {
    /// The exit code of a program that stops with this error.
    ///
    /// 2 for a wrong target or database, 3 ahead, 4 diverged, 5 locked, 6 failed and rolled back, 7 unversioned, 8 a transaction that was ended with work committed, 130 interrupted (a
    /// program that knows the signal was SIGTERM says 143), else 1.
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Target(_) | Self::InvalidDatabase(_) => 2,
            Self::Ahead { .. } => 3,
            Self::Diverged { .. } => 4,
            Self::Locked { .. } => 5,
            Self::Failed(_)
            | Self::ForeignKeys { .. }
            | Self::RolledBack { .. }
            | Self::NotRecorded { .. } => 6,
            Self::Unversioned { .. } => 7,
            Self::TransactionEnded(_) => 8,
            Self::Interrupted => 130,
            Self::Beyond { .. }
            | Self::NotAt { .. }
            | Self::NotBelow(_)
            | Self::Moved { .. }
            | Self::OwnTable { .. }
            | Self::NeedsRecovery { .. }
            | Self::NotMade { .. }
            | Self::ReadOnly
            | Self::Open { .. }
            | Self::Create { .. }
            | Self::InMemory
            | Self::Prepare { .. }
            | Self::Sqlite { .. } => 1,
        }
    }

    /// What to do next, where there is a sensible step.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Ahead { .. } => "run a version of the program that knows these revisions".to_owned(),
            Self::Diverged { .. } => DIVERGED.to_owned(),
            Self::Moved { .. } => "see where it is now, then run the command again for a new plan".to_owned(),
            Self::OwnTable { defect, .. } => hint_of_defect(defect).to_owned(),
            Self::NotRecorded { .. } => {
                "compare its definition with the one in the documentation: it must keep revision ids as they are".to_owned()
            }
            Self::NeedsRecovery { .. } => {
                "mount the folder writable; or copy the database, with the file that lies next to it, to a folder that is, and read the copy".to_owned()
            }
            Self::Unversioned { matches, .. } => match (told(matches), Match::advice(matches)) {
                (Some(told), Some(advice)) => format!("{told}: {advice}"),
                _ => "find out which revision its schema is at, and stamp it with that; or name the right database".to_owned(),
            },
            Self::NotMade { .. } => {
                "a script that needs functions or modules of a program runs only where the program prepares the connection".to_owned()
            }
            Self::Locked { .. } => {
                "wait until the other process is done, or allow more time to wait".to_owned()
            }
            Self::ReadOnly => WRITABLE.to_owned(),
            Self::TransactionEnded(_) => "a function or hook of the program committed or rolled back on this connection: remove that, compare the schema with `aludel check`, and correct by hand what stayed".to_owned(),
            Self::Failed(failure) => failure.source.as_ref().and_then(hint_of_sqlite)
                .unwrap_or("the database is as it was before the run; correct the data or the script that the message names")
                .to_owned(),
            Self::ForeignKeys { violations } if violations.iter().any(Violation::relied_on_cascade) => {
                "scripts run with the enforcement of foreign keys off, so ON DELETE did not act: let the script keep the rows that are referred to, or say what becomes of those that refer".to_owned()
            }
            Self::ForeignKeys { .. } => "let the script mend the rows that refer, before or after it changes what they refer to".to_owned(),
            Self::Target(TargetError::SeveralHeads { .. }) => "name one of the heads, or `heads` for all of them".to_owned(),
            Self::Target(TargetError::Ambiguous { .. }) => "give more letters of it".to_owned(),
            Self::Beyond { .. } => "take it back with a downgrade if that is meant; else ask for where it is".to_owned(),
            Self::Sqlite { source, .. } | Self::RolledBack { source, .. }
                if source.sqlite_error_code() == Some(ErrorCode::CannotOpen) =>
            {
                WRITABLE_FOLDER.to_owned()
            }
            Self::Open { source, .. } | Self::Sqlite { source, .. } | Self::RolledBack { source, .. } => {
                return hint_of_sqlite(source).map(str::to_owned);
            }
            _ => return None,
        };
        Some(hint)
    }

    /// An error of SQLite outside of a script: waiting too long and being interrupted have names of their own.
    pub(crate) fn of_sqlite(
        doing: &'static str,
        source: rusqlite::Error,
        limit: Duration,
        interrupted: bool,
    ) -> Self {
        match source.sqlite_error_code() {
            _ if interrupted => Self::Interrupted,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Locked { waited: limit },
            _ => Self::Sqlite { doing, source },
        }
    }

    /// One of Aludel's own tables cannot be used.
    pub(crate) fn of_own_table(
        table: &str,
        unusable: Unusable,
        of_sqlite: impl FnOnce(rusqlite::Error) -> Self,
    ) -> Self {
        match unusable {
            Unusable::Sqlite(source) => of_sqlite(source),
            Unusable::Defect(defect) => Self::OwnTable { table: table.to_owned(), defect },
        }
    }

    /// The same in a run that had begun.
    pub(crate) fn rolled_back(self) -> Self {
        match self {
            Self::Sqlite { doing, source } => Self::RolledBack { doing, source },
            other => other,
        }
    }
}

/// What caused an error, the nearest cause first, each said once: a cause that stands in the words before it is left out, and so is the number
/// of an error of SQLite beside its words.
pub fn causes(error: &(dyn std::error::Error + 'static)) -> Vec<String> {
    let told = error.to_string();
    let mut causes: Vec<String> = Vec::new();
    let mut next = error.source();
    while let Some(cause) = next {
        let of_sqlite = cause.downcast_ref::<rusqlite::Error>();
        let words = of_sqlite.map_or_else(|| cause.to_string(), |error| words_of(error).0);
        if !told.contains(&words) && !causes.iter().any(|told| told.contains(&words)) {
            causes.push(words);
        }
        // The words of SQLite's errors are those of their causes too.
        next = if of_sqlite.is_some() { None } else { cause.source() };
    }
    causes
}

impl fmt::Debug for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&escape::block(&self.to_string()))?;
        for cause in causes(self) {
            write!(formatter, "\n  caused by: {}", escape::line(&cause))?;
        }
        self.hint().map_or(Ok(()), |hint| write!(formatter, "\n  hint: {}", escape::line(&hint)))
    }
}

impl Violation {
    fn relied_on_cascade(&self) -> bool {
        ["CASCADE", "SET NULL", "SET DEFAULT"].contains(&self.on_delete.as_str())
    }
}

fn hint_of_defect(defect: &Defect) -> &'static str {
    match defect {
        Defect::NotATable { .. } => "rename what has this name, or choose another name for the version table",
        Defect::Trigger { .. } | Defect::Computes { .. } | Defect::Generated { .. } => {
            "find out who made it so; a run writes this table only if nothing else runs or is computed with it"
        }
        Defect::NoColumn { .. } => {
            "if another program made this table, choose another name for the version table"
        }
        Defect::TooManyRows { .. }
        | Defect::NotText { .. }
        | Defect::TooLong { .. }
        | Defect::Doubled { .. } => {
            "find out which revision its schema is at; `stamp --purge` with that revision writes the rows again"
        }
    }
}

fn hint_of_sqlite(error: &rusqlite::Error) -> Option<&'static str> {
    match error.sqlite_error_code()? {
        ErrorCode::NotADatabase => Some("the file is no SQLite database: check the path"),
        ErrorCode::DatabaseCorrupt => {
            Some("the file is damaged: keep it as it is, and bring back the newest backup beside it")
        }
        ErrorCode::CannotOpen => {
            Some("check that it is a file, that its folder exists, and that both may be read and written")
        }
        ErrorCode::ReadOnly => Some(WRITABLE),
        ErrorCode::DiskFull => Some("make room on the disk: a rebuild of a table needs twice its size"),
        _ => None,
    }
}

fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Upgrade => "the upgrade",
        Direction::Downgrade => "the downgrade",
    }
}

fn named(revisions: &[String]) -> String {
    match revisions {
        [] => "base".to_owned(),
        [one] => format!("revision `{}`", escape::line(one)),
        many => {
            let many: Vec<String> = many.iter().map(|id| format!("`{}`", escape::line(id))).collect();
            format!("revisions {}", many.join(", "))
        }
    }
}

fn edited_words(edited: &[Edited]) -> String {
    let words: Vec<String> =
        edited.iter().map(|Edited { revision, file }| format!("`{revision}` ({file})")).collect();
    let verb = if words.len() == 1 { "was" } else { "were" };
    format!("{} {verb}", words.join(", "))
}

fn violation_words(violations: &[Violation]) -> String {
    let words: Vec<String> = violations.iter().take(VIOLATIONS_SHOWN).map(ToString::to_string).collect();
    let more = violations.len().saturating_sub(VIOLATIONS_SHOWN);
    if more == 0 { words.join("; ") } else { format!("{}; and {more} more", words.join("; ")) }
}

#[cfg(test)]
mod tests {
    use rusqlite::{Connection, Error as OfSqlite, ffi};

    use super::{Error, causes};

    fn failed(code: i32, words: Option<&str>) -> OfSqlite {
        OfSqlite::SqliteFailure(ffi::Error::new(code), words.map(str::to_owned))
    }

    #[test]
    fn each_cause_is_told_once() {
        let full = "database or disk is full";
        let error = Error::RolledBack { doing: "the commit", source: failed(ffi::SQLITE_FULL, Some(full)) };
        assert_eq!(causes(&error), [full]);
        let wordless = Error::Prepare { source: failed(ffi::SQLITE_FULL, None) };
        assert_eq!(causes(&wordless).len(), 1);
        assert!(causes(&Error::Interrupted).is_empty());
    }

    #[test]
    fn a_main_that_fails_prints_what_a_person_reads() {
        let source = failed(ffi::SQLITE_FULL, Some("database or disk is full"));
        assert_eq!(
            format!("{:?}", Error::RolledBack { doing: "the commit", source }),
            "the commit failed, and the run was rolled back\n  \
             caused by: database or disk is full\n  \
             hint: make room on the disk: a rebuild of a table needs twice its size"
        );
    }

    #[test]
    fn sqlite_repeats_the_statement_and_a_cause_does_not() {
        let Err(source) = Connection::open_in_memory().and_then(|open| open.execute_batch("SELEC")) else {
            return;
        };
        assert_eq!(causes(&Error::Prepare { source }), ["near \"SELEC\": syntax error"]);
    }

    #[test]
    fn a_file_that_cannot_be_opened_beside_an_open_one_is_about_the_folder() {
        let source = || failed(ffi::SQLITE_CANTOPEN, Some("unable to open database file"));
        let beside = Error::Sqlite { doing: "reading the version rows", source: source() };
        assert!(beside.hint().is_some_and(|hint| hint.contains("WAL")));
        let missing = Error::Open { path: "x.db".into(), source: source() };
        assert!(missing.hint().is_some_and(|hint| hint.contains("its folder exists")));
    }
}
