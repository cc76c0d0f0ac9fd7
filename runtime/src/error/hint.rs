//! The next step after an error.

use super::{DatabaseError, Error, target_hint};
use crate::schema_match::summary;
use crate::unversioned::advice;
use crate::{ForeignKeyViolation, LedgerFaultKind, OtherTool, OwnTableDefect};

/// The hint for a file that cannot be written.
const WRITABLE: &str = "check that the file and its folder are writable";

/// The hint for a database that is ahead.
const AHEAD: &str = "run a version of the program that defines these revisions; or revert them with `downgrade --to-known`, which runs the downgrades that the database keeps in its ledger";

/// The hint for a run whose transaction was ended.
const ENDED: &str = "a function or hook of the program committed or rolled back on this connection: remove that call, compare the schema with `aludel check`, and correct the remaining changes by hand";

/// The hint for edited scripts.
const DIVERGED: &str = "`aludel repair` shows what was edited, and records it if the effect is the same; otherwise restore the scripts as they were applied (the ledger keeps their text in `upgrade_sql` and `downgrade_sql`) and make the change in a new revision; or, if you know that the schema matches the edited scripts, record them with `stamp --purge` and the database's revision";

impl Error {
    /// Returns the next step, or `None` if there is nothing to suggest.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::Ahead { .. } => AHEAD.to_owned(),
            Self::BeforeSquash { revisions, point } => format!(
                "upgrade it with the last release that still has the scripts of `{}` up to `{point}`, then run this program",
                revisions.join("`, `")
            ),
            Self::NotCreatedByBase { .. } => "restore a backup from before the upgrade, or choose the squash point or a later revision as the target".to_owned(),
            Self::ScriptAfterSquash { .. } => "pass the database instead of a range; a range can begin at `base`".to_owned(),
            Self::Diverged { .. } => DIVERGED.to_owned(),
            Self::Irreversible { file, .. } => format!(
                "choose a later target; or restore a backup from before the upgrade, or write a new revision that undoes what `{file}` did"
            ),
            Self::OutsideTransaction { .. } => "when the database is not busy, run the `upgrade` command, which asks first; or allow it in the program with `Migrator::allow_outside_transaction`".to_owned(),
            Self::Partly { .. } => {
                "correct the cause, and run it again: it continues where it stopped".to_owned()
            }
            Self::NotAdopted { fault } => fault.hint().to_owned(),
            Self::Moved { .. } => "check its current revision, then run the command again for a new plan".to_owned(),
            Self::OwnTable { defect, .. } => hint_of_defect(defect).to_owned(),
            Self::Backup { .. } => "choose an existing, writable folder with as much free space as the database needs, or run without a backup".to_owned(),
            Self::Ledger { fault, .. } if matches!(fault.why, LedgerFaultKind::NoScript { section: "downgrade" }) => {
                "its script may be irreversible: choose a later target, or restore a backup from before the upgrade; or revert with a version of the program that defines the revision".to_owned()
            }
            Self::Ledger { .. } => "revert with a version of the program that defines these revisions; it uses its own scripts".to_owned(),
            Self::NotRecorded { .. } => {
                "compare its definition with the documentation: the table must store revision IDs unchanged".to_owned()
            }
            Self::NeedsRecovery { .. } => {
                "mount the folder writable; or copy the database and the file next to it to a writable folder, and read the copy".to_owned()
            }
            Self::Unversioned { matches, tool, .. } => match (advice(tool.as_ref(), matches), tool) {
                (Some(advice), Some(OtherTool { is_adoptable: true, .. })) => advice,
                (Some(advice), _) => summary(matches).into_iter().chain([advice]).collect::<Vec<_>>().join(": "),
                (None, _) => "no revision is known to have this schema: `status` shows how to find the revision; record it with `stamp`, or choose another database".to_owned(),
            },
            Self::NotMade { .. } => {
                "a script that needs functions or modules of your program runs only on a connection that the program prepares".to_owned()
            }
            Self::Locked { .. } => {
                "wait for the other process to finish, or increase the lock timeout (`--lock-timeout` on the command line)".to_owned()
            }
            Self::StillRunning { process, .. } => format!(
                "wait until it ends, and run it again; or cancel it with `SELECT pg_cancel_backend({process})`; the next run reports unfinished work"
            ),
            Self::ReadOnly => WRITABLE.to_owned(),
            Self::NotCapable { .. } => "migrate a PostgreSQL server; `--sql` prints a script that a person can review and run on another one".to_owned(),
            Self::NoSchema { .. } => "create a schema that is in the search path, or set the version table's schema (`version_table_schema`, under `[postgresql]` in `aludel.toml`)".to_owned(),
            Self::NoSecondSession => "let the migrator open the connections with `Migrator::connect_with`, or run the `upgrade` command".to_owned(),
            Self::Pooled => "connect to the server directly, or through a pooler in session mode".to_owned(),
            Self::FailedOutside(_) => "correct the cause, and run it again: scripts before this one are applied, and this one is not recorded as applied".to_owned(),
            Self::InterruptedOutside { .. } | Self::RanOutside { .. } | Self::LockLost => "run it again: the statement is repeated, unless its work is done".to_owned(),
            Self::CommitUnknown { .. } => "`current` shows the revision of the database; run it again if it is not the expected one".to_owned(),
            Self::InTransaction => "commit or roll back first, or pass another connection".to_owned(),
            Self::Certificates { .. } => "set `sslrootcert` in the URL to a file of PEM certificates, or to `system` for those of the operating system".to_owned(),
            Self::NoTls { .. } => "enable the `postgres-tls` feature of `aludel`".to_owned(),
            Self::Standby => "connect to the primary server, with a role that may write".to_owned(),
            Self::OtherDialect { .. } => "use a database of the kind that the `dialect` setting names, or use the folder of scripts for this database".to_owned(),
            Self::TransactionEnded(failure) => match &failure.backup {
                Some(backup) => format!("{ENDED}, or restore the backup `{}`", backup.display()),
                None => ENDED.to_owned(),
            },
            Self::Failed(failure) => failure.source.as_ref().and_then(DatabaseError::hint)
                .unwrap_or("the database is as it was before the run; correct the data or the script named in the message")
                .to_owned(),
            Self::ForeignKeys { violations } if violations.iter().any(ForeignKeyViolation::relied_on_cascade) => {
                "scripts run with foreign key enforcement off, so ON DELETE had no effect: make the script keep the parent rows, or update or delete the child rows explicitly".to_owned()
            }
            Self::ForeignKeys { .. } => "make the script correct the child rows before or after it changes the parent rows".to_owned(),
            Self::Target(error) => return target_hint::hint(error),
            Self::NotBelow(_) => "`current` shows the database's revision".to_owned(),
            Self::Beyond { .. } => "downgrade the database if that is intended; otherwise request its current revision".to_owned(),
            Self::Open { source, .. } | Self::Connect { source, .. } => return source.hint().map(str::to_owned),
            Self::Database { source, .. } | Self::RolledBack { source, .. } => {
                return source.hint_of_open().map(str::to_owned);
            }
            _ => return None,
        };
        Some(hint)
    }
}

impl ForeignKeyViolation {
    fn relied_on_cascade(&self) -> bool {
        ["CASCADE", "SET NULL", "SET DEFAULT"].contains(&self.on_delete.as_str())
    }
}

fn hint_of_defect(defect: &OwnTableDefect) -> &'static str {
    match defect {
        OwnTableDefect::NotATable { .. } => {
            "rename the object with this name, or choose a different name for the version table"
        }
        OwnTableDefect::Trigger { .. }
        | OwnTableDefect::Computes { .. }
        | OwnTableDefect::Generated { .. } => {
            "find out who changed the table; a run writes it only if the write triggers no other statements or computations"
        }
        OwnTableDefect::RowSecurity => "connect as the owner of the table, or disable its row-level security",
        OwnTableDefect::NoColumn { .. } => {
            "if another program created this table, choose a different name for the version table"
        }
        OwnTableDefect::TooManyRows { .. }
        | OwnTableDefect::NotText { .. }
        | OwnTableDefect::TooLong { .. }
        | OwnTableDefect::Duplicate { .. } => {
            "find out which revision its schema belongs to; `stamp --purge` with that revision rewrites the rows"
        }
    }
}
