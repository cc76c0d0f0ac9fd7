//! What the execution of a chain shows, as data and in words.

use super::TimedOut;
use crate::problem::{Explain, Problem, Words, words};
use crate::script::SectionKind;

/// The code of a proof that took too long.
pub(super) const TOO_LONG: &str = "proof-too-long";

/// The code of a chain that took too many steps.
const CHAIN_STEPS: &str = "chain-too-many-steps";

/// Once a bound of the whole proof is reached, no statement runs any more, and each would report it again.
pub(super) fn keep_first_bound(problems: &mut Vec<Problem>) {
    let mut seen = Vec::new();
    problems.retain(|problem| {
        let is_bound = [TOO_LONG, CHAIN_STEPS].contains(&problem.code);
        let is_first = !seen.contains(&problem.code);
        seen.push(problem.code);
        !is_bound || is_first
    });
}

const HELP_OF_TIME: &str =
    "let the statement do less; if the machine is slow, set `ALUDEL_PROOF_SECONDS` to a longer time";

/// How many differences one message tells.
const DIFFERENCES_SHOWN: usize = 12;

/// A script that cannot be proved.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is told by its own words, below")]
pub enum ProofFault {
    Fails { section: SectionKind, message: String },
    FailsAgain { message: String },
    FailsFromHead { message: String },
    TooManySteps { section: SectionKind, steps: u64 },
    TooManyPages { section: SectionKind, megabytes: u32 },
    ChainTooManySteps,
    TooMuchMemory { section: SectionKind },
    TooLong { section: SectionKind },
    OutOfTime,
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
            Self::TooManySteps { section, steps } => words(
                "too-many-steps",
                format!(
                    "this {section} takes more than {} million steps of SQLite's machine, the most that one statement may take",
                    steps / 1_000_000
                ),
                "SQLite was stopped in this statement",
                "bound it, for example with a LIMIT in a recursive query; long work on many rows is for the program",
            ),
            Self::TooManyPages { section, megabytes } => words(
                "too-many-pages",
                format!(
                    "this {section} fills more than {megabytes} MiB, the room that a scratch database has"
                ),
                "SQLite was stopped in this statement",
                "let the program fill in large amounts of data; a script brings the schema and the few rows that belong to it",
            ),
            Self::OutOfTime => words(
                TOO_LONG,
                "the time for the proof was up before every script was judged".to_owned(),
                "",
                HELP_OF_TIME,
            ),
            Self::OwnTable { table } => words(
                "own-table",
                format!("`{table}` is Aludel's own table, which a script leaves alone"),
                "this statement changes it",
                "remove the statement; the runner keeps its tables itself",
            ),
            Self::ChainTooManySteps => words(
                CHAIN_STEPS,
                "the scripts together take more steps of SQLite's virtual machine than a proof may take"
                    .to_owned(),
                "SQLite was stopped in this statement",
                "bound the recursive queries, or let the program do long work on many rows",
            ),
            Self::TooMuchMemory { section } => words(
                "too-much-memory",
                format!("this {section} needs more memory than SQLite may use here"),
                "SQLite was stopped in this statement",
                "make shorter texts and blobs, and sort fewer rows",
            ),
            Self::TooLong { section } => words(
                TOO_LONG,
                format!("this {section} was still running when the time for the proof was up"),
                "SQLite was stopped in this statement",
                HELP_OF_TIME,
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
const NOT_HERE: [&str; 3] = ["no such function", "no such collation sequence", "no such module"];

/// What to do where a statement fails.
fn help_of_failure(section: SectionKind, message: &str) -> &'static str {
    if message.starts_with("error in view") || message.starts_with("error in trigger") {
        return "drop that view or trigger before this statement, and create it anew after it";
    }
    if message.starts_with("not authorized") {
        return "remove it; what needs an extension of SQLite is for the program";
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

pub(super) fn shown(items: &[String]) -> String {
    let more = items.len().saturating_sub(DIFFERENCES_SHOWN);
    let shown = items.iter().take(DIFFERENCES_SHOWN).cloned().collect::<Vec<_>>().join("; ");
    if more == 0 { shown } else { format!("{shown}; and {more} more") }
}

impl Explain for TimedOut {
    fn words(&self) -> Words {
        words(
            TOO_LONG,
            format!("the proof took longer than {} s and did not stop", self.limit.as_secs()),
            "this statement was running",
            HELP_OF_TIME,
        )
    }
}

impl From<TimedOut> for Problem {
    fn from(timed_out: TimedOut) -> Self {
        match &timed_out.running {
            Some(place) => Self::at(place.clone(), &timed_out),
            None => Self::overall(&timed_out),
        }
    }
}
