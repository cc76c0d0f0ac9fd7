//! The errors and notes from running a chain, as data and as messages.

use aludel_core::problem::{Explain, Problem, Words, words};
use aludel_core::script::SectionKind;

use super::rows::RowFault;

/// The maximum number of differences that one message lists.
const DIFFERENCES_SHOWN: usize = 12;

/// An error in a script that ran.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is explained by its own words, below")]
pub enum ProofFault {
    Fails { section: SectionKind, message: String },
    FailsAgain { message: String },
    FailsFromHead { message: String },
    OwnTable { table: String },
    NotAuthorized { message: String },
    NotReversed { differences: Vec<String>, nothing_to_do: bool },
    NotRepeated { differences: Vec<String> },
    LeftAtBase { differences: Vec<String> },
    Temporary { section: SectionKind, objects: Vec<String> },
    BrokenReference { section: SectionKind, object: String, message: String },
    Scratch { message: String },
}

impl ProofFault {
    /// The error code of an upgrade that fails after its own downgrade, with or without rows.
    pub(crate) const FAILS_AGAIN: &str = "upgrade-fails-again";

    /// Returns `true` if a problem reports a failed statement.
    pub(super) fn is_failure(problem: &Problem) -> bool {
        matches!(problem.fault(), Some(Self::Fails { .. })) || fails_again(problem)
    }
}

/// Returns `true` if an upgrade fails after its own downgrade.
pub(crate) fn fails_again(problem: &Problem) -> bool {
    matches!(problem.fault(), Some(ProofFault::FailsAgain { .. }))
        || matches!(problem.fault(), Some(RowFault::FailsAgain { .. }))
}

impl Explain for ProofFault {
    fn words(&self) -> Words {
        match self {
            Self::Fails { section, message } => words(
                "script-fails",
                format!("this {section} fails: {message}"),
                "SQLite stopped at this statement",
                help_of_failure(*section, message),
            ),
            Self::FailsAgain { message } => words(
                Self::FAILS_AGAIN,
                format!("this upgrade fails after its own downgrade: {message}"),
                "it passes the first time but fails the second time",
                "make the downgrade undo everything that the upgrade did, rows included",
            ),
            Self::FailsFromHead { message } => words(
                "fails-from-head",
                format!("this downgrade fails when the whole chain is downgraded: {message}"),
                "SQLite stopped at this statement",
                "make each downgrade undo what its upgrade did, rows included, even if later scripts ran in between",
            ),
            Self::OwnTable { table } => words(
                "own-table",
                format!("a script cannot change `{table}`, which belongs to Aludel"),
                "this statement changes it",
                "remove the statement; the runner maintains this table",
            ),
            Self::NotAuthorized { message } => words(
                "not-authorized",
                message.clone(),
                "not allowed in a script",
                "remove the statement; the program must handle extensions, other files and connection settings",
            ),
            Self::NotReversed { differences, nothing_to_do } => words(
                "not-reversed",
                if *nothing_to_do {
                    "this downgrade has nothing to do, but the upgrade changed the schema".to_owned()
                } else {
                    "this downgrade does not restore the schema from before the upgrade".to_owned()
                } + ": "
                    + &shown(differences),
                "after this section",
                "make the downgrade undo every change of the upgrade",
            ),
            Self::NotRepeated { differences } => words(
                "not-repeated",
                format!(
                    "this upgrade leads to a different schema after its own downgrade: {}",
                    shown(differences)
                ),
                "after this section",
                "make the downgrade restore what the upgrade found, so that the upgrade always has the same effect",
            ),
            Self::LeftAtBase { differences } => words(
                "left-at-base",
                format!(
                    "downgrading the whole chain does not restore the original schema: {}",
                    shown(differences)
                ),
                "",
                "make each downgrade undo what its upgrade did, even if later scripts ran in between",
            ),
            Self::Temporary { section, objects } => words(
                "temporary-object",
                format!("this {section} leaves temporary objects behind: {}", shown(objects)),
                "after this section",
                "drop them at the end of the same section; the next script may run on another connection, which does not have them",
            ),
            Self::BrokenReference { section, object, message } => words(
                "broken-reference",
                format!("after this {section}, {object} refers to something that does not exist: {message}"),
                "after this section",
                "correct it, or drop it before the object that it refers to; SQLite accepts it here, but every use fails",
            ),
            Self::Scratch { message } => words(
                "scratch-database",
                format!("the scratch database failed: {message}"),
                "",
                "this is not an error of the scripts; please report it",
            ),
        }
    }
}

/// A note about something that the proof did not check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ProofNote {
    NotAllOrders,
}

impl Explain for ProofNote {
    fn words(&self) -> Words {
        match self {
            Self::NotAllOrders => words(
                "not-all-orders",
                "too many branches: not all of them were tried alone and in every order, because that would take too long",
                "",
                "merge branches that are finished: what comes after a merge point is tried separately",
            ),
        }
    }
}

/// SQLite's errors for other items that a program may provide.
const NOT_HERE: [&str; 2] = ["no such collation sequence", "no such module"];

/// The help for an unknown function.
const HELP_OF_FUNCTION: &str = "correct the name; if your program registers the function, declare its name and number of arguments in `aludel.toml` and in `embed_migrations!`, such as `functions = [\"slug/1\"]`, and a substitute runs here; or mark the script as not executed: `-- Unproved: <reason>`";

/// Returns the help for a statement that fails.
fn help_of_failure(section: SectionKind, message: &str) -> &'static str {
    if message.starts_with("error in view") || message.starts_with("error in trigger") {
        return "drop that view or trigger before this statement, and recreate it afterwards";
    }
    if message.starts_with("not authorized") {
        return "remove it; the program must do what needs an SQLite extension";
    }
    if message.starts_with("no such function") {
        return HELP_OF_FUNCTION;
    }
    if NOT_HERE.iter().any(|words| message.starts_with(words)) {
        return "correct the name; if your program provides it, add `-- Unproved: <reason>` to the header: then this script and those after it are not executed here";
    }
    match section {
        SectionKind::Upgrade | SectionKind::Sample => {
            "correct the statement; it ran on a scratch database with everything applied that this revision needs"
        }
        SectionKind::Downgrade => {
            "correct the statement; it ran on a scratch database right after the upgrade of this script"
        }
    }
}

pub(crate) fn shown(items: &[String]) -> String {
    let more = items.len().saturating_sub(DIFFERENCES_SHOWN);
    let shown = items.iter().take(DIFFERENCES_SHOWN).cloned().collect::<Vec<_>>().join("; ");
    if more == 0 { shown } else { format!("{shown}; and {more} more") }
}
