//! The reasons that a database cannot be adopted from another tool.

use std::fmt;

/// The maximum number of differences that a message shows.
const DIFFERENCES_SHOWN: usize = 5;

/// The reason that a database was not adopted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the message of each variant explains it")]
pub enum AdoptFault {
    /// No known tool's table has rows. In an SQLite database, `user_version` is also 0.
    NoTool,
    /// Several tools recorded migrations.
    SeveralTools { tools: Vec<&'static str> },
    /// One of the tool's migrations did not finish.
    Unfinished { tool: &'static str, version: String },
    /// The chain has no revisions for some of the versions.
    Unknown { tool: &'static str, versions: Vec<String> },
    /// A migration ran, but an earlier one did not.
    Gap { tool: &'static str, revision: String, missing: Vec<String> },
    /// Migrations were edited after they ran: the tool's checksums differ from those of the
    /// original files.
    Edited { tool: &'static str, files: Vec<String> },
    /// The schema differs from the schema of the revisions.
    Differs { tool: &'static str, revision: String, differences: Vec<String> },
    /// The tool's versions do not correspond to revisions, and the schema matches no revision or
    /// more than one.
    NoMatch { tool: &'static str, matches: Vec<String> },
    /// The schema could not be compared with the schema of the revisions.
    NotCompared { tool: &'static str, why: String },
    /// The tool's table cannot be read.
    Unreadable { table: &'static str, why: String },
}

impl fmt::Display for AdoptFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoTool => formatter.write_str("no table of a known migration tool has rows"),
            Self::SeveralTools { tools } => {
                write!(formatter, "several tools recorded migrations: {}", tools.join(", "))
            }
            Self::Unfinished { tool, version } => {
                write!(formatter, "migration `{version}` of {tool} did not complete successfully")
            }
            Self::Unknown { tool, versions } => {
                write!(
                    formatter,
                    "{tool} ran `{}`, for which the chain has no revision",
                    versions.join("`, `")
                )
            }
            Self::Gap { tool, revision, missing } => write!(
                formatter,
                "{tool} ran the migration for `{revision}`, but not the one for `{}`, which comes before it",
                missing.join("`, `")
            ),
            Self::Edited { tool, files } => write!(
                formatter,
                "{tool} recorded a different checksum for the original of `{}`: it was edited after it ran",
                files.join("`, `")
            ),
            Self::Differs { tool, revision, differences } => {
                let shown: Vec<&str> =
                    differences.iter().take(DIFFERENCES_SHOWN).map(String::as_str).collect();
                write!(
                    formatter,
                    "according to {tool}, it is at `{revision}`, but its schema differs: {}",
                    shown.join("; ")
                )?;
                match differences.len().saturating_sub(DIFFERENCES_SHOWN) {
                    0 => Ok(()),
                    more => write!(formatter, "; and {more} more"),
                }
            }
            Self::NoMatch { tool, matches } if matches.is_empty() => {
                write!(formatter, "{tool} migrated it, but its schema matches no revision")
            }
            Self::NoMatch { tool, matches } => write!(
                formatter,
                "{tool} migrated it, but its schema matches several revisions: `{}`",
                matches.join("`, `")
            ),
            Self::NotCompared { tool, why } => {
                write!(formatter, "{tool} migrated it, and its schema could not be compared: {why}")
            }
            Self::Unreadable { table, why } => write!(formatter, "the table `{table}` {why}"),
        }
    }
}

impl AdoptFault {
    /// Returns the next step.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::NoTool => {
                "if its revision is known, record it with `stamp`; if no migration ran, with `stamp base`"
            }
            Self::SeveralTools { .. } | Self::NoMatch { .. } => {
                "find out which revision it is at, and record it with `stamp`"
            }
            Self::Unfinished { .. } => "repair the migration with that tool first",
            Self::Unknown { .. } => {
                "import all migrations that the tool ran with `aludel import`; their versions are the IDs of the revisions"
            }
            Self::Edited { .. } => {
                "import the text that ran, from your version control; if the two texts have the same effect on this database, remove the checksums from `Imported From` in the header of the script"
            }
            Self::Gap { .. } => "run the missing migration with that tool first",
            Self::Differs { .. } => {
                "the database was changed by hand, or a migration was edited after it ran: undo the change, or correct the scripts"
            }
            Self::NotCompared { .. } => {
                "correct the cause; or, if its revision is known, record it with `stamp`"
            }
            Self::Unreadable { .. } => "compare the table with the one that the tool creates",
        }
    }
}
