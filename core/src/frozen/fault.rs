//! The errors of `frozen.lock` and of frozen scripts, as data and as messages.

use super::FILE;
use crate::problem::{Explain, Problem, Words, listed, words};
use crate::script::SectionKind;

/// An error in the text of `frozen.lock`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is explained by its message, below")]
pub enum LockFault {
    NotUtf8,
    Conflict,
    Words {
        found: usize,
    },
    IllegalId {
        id: String,
        why: &'static str,
    },
    NotADigest {
        found: String,
        expected: usize,
    },
    Twice {
        revision: String,
    },
    /// An error whose message must not show the content of the file.
    Hidden {
        fault: Box<LockFault>,
    },
}

/// An error in a frozen script.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is explained by its message, below")]
pub enum FrozenFault {
    Changed { revision: String, changes: Vec<Change>, file_name: String },
    Missing { revision: String },
    LineEdited { revision: String },
    Uncounted { revision: String, expected: usize, found: usize },
    Unfrozen { revision: String },
}

/// A change to a frozen script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The down revisions.
    Parents {
        /// The revisions in the list.
        before: Vec<String>,
        /// The revisions in the script.
        after: Vec<String>,
    },
    /// The revisions that the script depends on.
    Dependencies {
        /// The revisions in the list.
        before: Vec<String>,
        /// The revisions in the script.
        after: Vec<String>,
    },
    /// One section.
    Section(SectionKind),
    /// At least one of the sections. The line does not record which.
    Sql,
}

const RESTORE_THE_LOCK: &str = "restore the line from version control: only `aludel freeze` and `aludel squash` write this file, and they only add lines";

impl LockFault {
    /// Removes the content of the file from a message.
    pub(super) fn without_content(problem: Problem) -> Problem {
        match problem.fault() {
            Some(fault @ (Self::IllegalId { .. } | Self::NotADigest { .. })) => {
                let hidden = Self::Hidden { fault: Box::new(fault.clone()) };
                problem.with_fault(&hidden)
            }
            _ => problem,
        }
    }
}

impl FrozenFault {
    /// Returns `true` if a frozen script changed.
    pub(crate) fn is_change(problem: &Problem) -> bool {
        matches!(problem.fault(), Some(Self::Changed { .. }))
    }

    /// Returns `true` if the parents of a frozen script changed.
    pub(crate) fn is_reparented(problem: &Problem) -> bool {
        matches!(problem.fault(), Some(Self::Changed { changes, .. }) if changes.iter().any(Change::is_an_edge))
    }
}

impl Explain for LockFault {
    fn words(&self) -> Words {
        match self {
            Self::NotUtf8 => words(
                "lock-not-utf-8",
                format!("`{FILE}` is not UTF-8"),
                "the first byte that is not UTF-8 is here",
                "restore the file from version control",
            ),
            Self::Conflict => words(
                "lock-conflict",
                format!("`{FILE}` contains an unresolved merge conflict"),
                "this is a conflict marker",
                "keep the lines of both sides, because each belongs to a different script, and remove only the conflict markers",
            ),
            Self::Words { found } => words(
                "lock-line",
                format!("a line of `{FILE}` has {}; expected 4 or 6", count(*found)),
                "expected `<revision> <revises> <depends on> <sha256>`, optionally followed by the digests of the upgrade and the downgrade",
                RESTORE_THE_LOCK,
            ),
            Self::IllegalId { id, why } => words(
                "lock-revision",
                format!("invalid revision ID `{id}` in `{FILE}`: {why}"),
                "expected a revision ID, a comma-separated list of IDs, or `-` for none",
                RESTORE_THE_LOCK,
            ),
            Self::NotADigest { found, expected } => words(
                "lock-digest",
                format!("`{found}` in `{FILE}` is not a SHA-256"),
                format!("expected {expected} digits of `0-9a-f`"),
                RESTORE_THE_LOCK,
            ),
            Self::Twice { revision } => words(
                "lock-twice",
                format!("revision `{revision}` is duplicated in `{FILE}`"),
                "this is the duplicate",
                "keep the line that was released first; version control shows which",
            ),
            Self::Hidden { fault } => Words {
                title: format!("expected the record of a frozen script in this line of `{FILE}`"),
                ..fault.words()
            },
        }
    }
}

impl Explain for FrozenFault {
    fn words(&self) -> Words {
        match self {
            Self::Changed { revision, changes, file_name } => words(
                if changes.iter().any(Change::is_an_edge) {
                    "frozen-script-reparented"
                } else {
                    "frozen-script-edited"
                },
                format!("revision `{revision}` is frozen, but {}", describe(changes)),
                changes.first().map_or("", Change::label),
                format!(
                    "write the change as a new revision, and restore this script as it was released: `git log -p -- \":/*{file_name}\"` shows its versions"
                ),
            ),
            Self::Missing { revision } => words(
                "frozen-script-missing",
                format!("revision `{revision}` is frozen, but no script defines it"),
                "frozen here",
                format!(
                    "restore its script from version control: `git status` shows whether it was removed since the last commit, \
                     and `git log --diff-filter=D --name-only -- \":/*{revision}*.sql\"` shows which commit removed it"
                ),
            ),
            Self::LineEdited { revision } => words(
                "frozen-line-edited",
                format!(
                    "the line of revision `{revision}` in `{FILE}` was edited: its checksum does not match the other fields"
                ),
                "these fields do not match",
                RESTORE_THE_LOCK,
            ),
            Self::Uncounted { revision, expected, found } => words(
                "replaced-scripts-missing",
                format!(
                    "revision `{revision}` replaces {}, but `{FILE}` lists {found}",
                    revisions(*expected)
                ),
                "the squash recorded their number here",
                format!(
                    "restore the lines `replaced … by {revision}` from version control: without them, the program cannot recognize databases from before the squash"
                ),
            ),
            Self::Unfrozen { revision } => words(
                "superseded-script-not-frozen",
                format!(
                    "this line of `{FILE}` names a script of revision `{revision}` that was never frozen"
                ),
                "no line has this checksum",
                RESTORE_THE_LOCK,
            ),
        }
    }
}

impl Change {
    fn is_an_edge(&self) -> bool {
        matches!(self, Self::Parents { .. } | Self::Dependencies { .. })
    }

    /// Returns the label for the place of the change.
    #[must_use]
    pub fn label(&self) -> &'static str {
        match self {
            Self::Parents { .. } | Self::Dependencies { .. } => "changed since it was frozen",
            Self::Section(_) => "edited since it was frozen",
            Self::Sql => "its SQL differs from what was frozen",
        }
    }

    fn describe(&self) -> String {
        match self {
            Self::Parents { before, after } => changed("parent", "parents", before, after),
            Self::Dependencies { before, after } => changed("dependency", "dependencies", before, after),
            Self::Section(kind) => format!("its {kind} was edited"),
            Self::Sql => "its upgrade or its downgrade was edited".to_owned(),
        }
    }
}

fn describe(changes: &[Change]) -> String {
    changes.iter().map(Change::describe).collect::<Vec<_>>().join(", and ")
}

fn changed(one: &str, several: &str, before: &[String], after: &[String]) -> String {
    let what = if before.len().max(after.len()) > 1 { several } else { one };
    let name = |names: &[String]| if names.is_empty() { "none".to_owned() } else { listed(names) };
    format!("its {what} changed from {} to {}", name(before), name(after))
}

fn revisions(count: usize) -> String {
    if count == 1 { "1 revision".to_owned() } else { format!("{count} revisions") }
}

fn count(words: usize) -> String {
    if words == 1 { "1 field".to_owned() } else { format!("{words} fields") }
}
