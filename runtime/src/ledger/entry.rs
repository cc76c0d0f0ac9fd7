//! A row of the ledger, as the public API returns it.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::{Entry, REPAIR, STARTED};

/// A row of the ledger, `aludel_history`: one step in the history of the database.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct LedgerEntry {
    /// The revision.
    pub revision: String,
    /// The kind of step.
    pub action: LedgerAction,
    /// The down revisions.
    pub revises: Vec<String>,
    /// The revisions that it depends on.
    pub depends_on: Vec<String>,
    /// The one-line description of the script.
    pub message: String,
    /// The checksum of the script, or `None` if a stamp removed the revision.
    pub checksum: Option<String>,
    /// The state of the database after the step.
    pub state: String,
    /// The time in UTC, set by the database.
    pub applied_at: String,
    /// The time that the script took.
    pub elapsed: Duration,
    /// The version of Aludel that wrote the row.
    pub version: String,
    /// The upgrade section at that time.
    pub upgrade_sql: Option<String>,
    /// The downgrade section at that time.
    pub downgrade_sql: Option<String>,
    /// `true` if the script ran without the proof at the user's request.
    pub unproved: bool,
    /// The branch labels in the header of the script.
    pub branch_labels: Vec<String>,
    /// The data that the upgrade loses, as declared in the header.
    pub loses: Vec<String>,
    /// The lints that the header allows.
    pub allow: Vec<String>,
}

/// The kind of step that a row of the ledger records in its `direction` column.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum LedgerAction {
    /// The upgrade of the revision ran.
    Upgrade,
    /// The downgrade of the revision ran.
    Downgrade,
    /// A stamp added or removed the revision, and no script ran.
    Stamp,
    /// A repair recorded the current script in place of an applied one with the same effect. No
    /// script ran.
    Repair,
    /// The upgrade of the revision began outside a transaction. If no later row of the revision
    /// records the end, the upgrade failed or was interrupted.
    UpgradeStarted,
    /// The downgrade of the revision began outside a transaction.
    DowngradeStarted,
    /// The row contains any other text, which this version of Aludel does not write.
    Other(String),
}

impl LedgerEntry {
    /// Returns a warning if this row records the start of a script outside a transaction, or `None`
    /// otherwise. Call it only on the newest row, because a later row may record the end of the
    /// script.
    pub(crate) fn interruption(&self, progress: OutsideProgress) -> Option<String> {
        let word = match self.action {
            LedgerAction::UpgradeStarted => "upgrade",
            LedgerAction::DowngradeStarted => "downgrade",
            _ => return None,
        };
        let is_ended = match progress {
            OutsideProgress::Running { process: Some(process) } => {
                format!("is still running, in process {process} of the server")
            }
            OutsideProgress::Running { process: None } => "is still running".to_owned(),
            OutsideProgress::Ended => {
                format!(
                    "has not ended: it failed or was interrupted; the next {word} runs it again, unless its work is done"
                )
            }
            OutsideProgress::Unknown => format!(
                "has not ended: it is still running, it failed, or it was interrupted; the next {word} runs it again"
            ),
        };
        Some(format!(
            "the {word} of `{}` began outside a transaction at {} and {is_ended}",
            self.revision, self.applied_at
        ))
    }
}

/// The progress of a script outside a transaction whose end is not recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "postgres"), expect(dead_code, reason = "on SQLite, it is unknown"))]
pub(crate) enum OutsideProgress {
    /// A session still runs it. The process of the server is known if it runs the statement.
    Running { process: Option<i32> },
    /// No session runs it.
    Ended,
    /// It is unknown whether another process runs it.
    Unknown,
}

impl FromStr for LedgerAction {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "upgrade" => Self::Upgrade,
            "downgrade" => Self::Downgrade,
            "stamp" => Self::Stamp,
            REPAIR => Self::Repair,
            text if text == STARTED[0] => Self::UpgradeStarted,
            text if text == STARTED[1] => Self::DowngradeStarted,
            other => Self::Other(other.to_owned()),
        })
    }
}

impl fmt::Display for LedgerAction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Upgrade => "upgrade",
            Self::Downgrade => "downgrade",
            Self::Stamp => "stamp",
            Self::Repair => REPAIR,
            Self::UpgradeStarted => STARTED[0],
            Self::DowngradeStarted => STARTED[1],
            Self::Other(text) => text,
        })
    }
}

impl From<Entry> for LedgerEntry {
    fn from(entry: Entry) -> Self {
        let Ok(action) = entry.direction.parse();
        let optional = |values: Option<String>| values.as_deref().map(list).unwrap_or_default();
        Self {
            revision: entry.revision,
            action,
            revises: list(&entry.revises),
            depends_on: list(&entry.depends_on),
            message: entry.message,
            checksum: entry.checksum,
            state: entry.state,
            applied_at: entry.applied_at,
            elapsed: entry.elapsed,
            version: entry.version,
            upgrade_sql: entry.upgrade_sql,
            downgrade_sql: entry.downgrade_sql,
            unproved: entry.unproved,
            branch_labels: optional(entry.branch_labels),
            loses: optional(entry.loses),
            allow: optional(entry.allow),
        }
    }
}

fn list(values: &str) -> Vec<String> {
    super::list(values).map(str::to_owned).collect()
}
