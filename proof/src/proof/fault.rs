//! What the execution of a chain shows, as data and in words.

use aludel_core::problem::{Explain, Problem, Words, words};
use aludel_core::script::SectionKind;

/// How many differences one message tells.
const DIFFERENCES_SHOWN: usize = 12;

/// A script that cannot be proved.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is told by its own words, below")]
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
    const FAILS: &str = "script-fails";
    pub(crate) const FAILS_AGAIN: &str = "upgrade-fails-again";

    /// Whether a problem says that a statement failed.
    pub(super) fn is_failure(problem: &Problem) -> bool {
        [Self::FAILS, Self::FAILS_AGAIN].contains(&problem.code)
    }
}

impl Explain for ProofFault {
    fn words(&self) -> Words {
        match self {
            Self::Fails { section, message } => words(
                Self::FAILS,
                format!("this {section} fails: {message}"),
                "SQLite stopped at this statement",
                help_of_failure(*section, message),
            ),
            Self::FailsAgain { message } => words(
                Self::FAILS_AGAIN,
                format!("after its downgrade, this upgrade cannot be run again: {message}"),
                "it ran the first time, and fails the second time",
                "let the downgrade take back everything that the upgrade made, rows included",
            ),
            Self::FailsFromHead { message } => words(
                "fails-from-head",
                format!("this downgrade fails when the whole chain is taken back: {message}"),
                "SQLite stopped at this statement",
                "let each downgrade take back what its upgrade made, rows included, also where later scripts have run in between",
            ),
            Self::OwnTable { table } => words(
                "own-table",
                format!("`{table}` is Aludel's own table, which a script leaves alone"),
                "this statement changes it",
                "remove the statement; the runner keeps its tables itself",
            ),
            Self::NotAuthorized { message } => words(
                "not-authorized",
                message.clone(),
                "this statement is not for a script",
                "remove the statement; extensions, other files and settings of the connection are for the program",
            ),
            Self::NotReversed { differences, nothing_to_do } => words(
                "not-reversed",
                if *nothing_to_do {
                    "this downgrade says that there is nothing to do, but the upgrade changed the schema"
                        .to_owned()
                } else {
                    "this downgrade does not restore the schema that was there before the upgrade".to_owned()
                } + ": "
                    + &shown(differences),
                "after this section",
                "write, in the downgrade, what takes every change of the upgrade back",
            ),
            Self::NotRepeated { differences } => words(
                "not-repeated",
                format!(
                    "upgraded, taken back and upgraded again, this script makes another schema than the first time: {}",
                    shown(differences)
                ),
                "after this section",
                "let the downgrade restore what the upgrade found, so that the upgrade does the same each time",
            ),
            Self::LeftAtBase { differences } => words(
                "left-at-base",
                format!(
                    "the whole chain taken back does not give the schema that was there before it: {}",
                    shown(differences)
                ),
                "",
                "let each downgrade take back what its upgrade made, also where later scripts have run in between",
            ),
            Self::Temporary { section, objects } => words(
                "temporary-object",
                format!("this {section} leaves something temporary behind: {}", shown(objects)),
                "after this section",
                "drop it at the end of the same section; the next script may run on another connection, where it is not there",
            ),
            Self::BrokenReference { section, object, message } => words(
                "broken-reference",
                format!("after this {section}, {object} refers to something that is not there: {message}"),
                "after this section",
                "correct it, or drop it before what it refers to; SQLite accepts it here, and fails when it is next used",
            ),
            Self::Scratch { message } => words(
                "scratch-database",
                format!("the scratch database failed: {message}"),
                "",
                "this is not a fault of the scripts; please report it",
            ),
        }
    }
}

/// What the proof leaves open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ProofNote {
    NotAllOrders,
}

impl Explain for ProofNote {
    fn words(&self) -> Words {
        match self {
            Self::NotAllOrders => words(
                "not-all-orders",
                "lines of branches are so entangled that not each was tried alone and in every order: it would take too long",
                "",
                "merge lines that are done: what comes after a merge point is tried by itself",
            ),
        }
    }
}

/// What SQLite says of something that a program can bring along.
const NOT_HERE: [&str; 2] = ["no such collation sequence", "no such module"];

/// The help for an unknown function.
const HELP_OF_FUNCTION: &str = "correct the name; if your program registers the function, declare it with its number of arguments, such as `functions = [\"slug/1\"]`, in `aludel.toml` and in the call of `embed_migrations!`, and a stand-in runs here; or mark the script as not executed, `-- Unproved: <reason>`";

/// What to do where a statement fails.
fn help_of_failure(section: SectionKind, message: &str) -> &'static str {
    if message.starts_with("error in view") || message.starts_with("error in trigger") {
        return "drop that view or trigger before this statement, and create it anew after it";
    }
    if message.starts_with("not authorized") {
        return "remove it; what needs an extension of SQLite is for the program";
    }
    if message.starts_with("no such function") {
        return HELP_OF_FUNCTION;
    }
    if NOT_HERE.iter().any(|words| message.starts_with(words)) {
        return "correct the name; if it belongs to your program, say so in the header, `-- Unproved: <reason>`: the script is then not executed here, and neither are those after it";
    }
    match section {
        SectionKind::Upgrade | SectionKind::Sample => {
            "correct the statement; it ran on a scratch database to which all that this revision needs was applied"
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
