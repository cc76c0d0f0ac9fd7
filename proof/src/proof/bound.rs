//! Describes the limits that a proof reached.

use std::collections::BTreeSet;

use aludel_core::problem::{Explain, Problem, Words, words};
use aludel_core::script::SectionKind;

use super::TimedOut;

/// The error code of a proof that took too long.
const TOO_LONG: &str = "proof-too-long";

/// A limit on the whole proof.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Limit {
    Time,
    Steps,
}

impl Limit {
    /// Returns the limit that a problem reports, or `None` if it reports none.
    fn of(problem: &Problem) -> Option<Self> {
        match problem.fault() {
            Some(BoundFault::TooLong { .. } | BoundFault::OutOfTime) => Some(Self::Time),
            Some(BoundFault::ChainTooManySteps) => Some(Self::Steps),
            _ => problem.fault::<TimedOut>().map(|_| Self::Time),
        }
    }
}

/// Keeps only the first report of each limit on the whole proof, because every later statement
/// would report the limit again.
pub(super) fn keep_first_bound(problems: &mut Vec<Problem>) {
    let mut seen = BTreeSet::new();
    problems.retain(|problem| Limit::of(problem).is_none_or(|limit| seen.insert(limit)));
}

const HELP_OF_TIME: &str =
    "make the statement do less work; if the machine is slow, set `ALUDEL_PROOF_SECONDS` to a longer time";

/// A limit that a statement or the whole proof reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BoundFault {
    /// One statement took too many steps.
    TooManySteps { section: SectionKind, steps: u64 },
    /// One statement filled too many pages.
    TooManyPages { section: SectionKind, megabytes: u32 },
    /// All statements together took too many steps.
    ChainTooManySteps,
    /// One statement needed too much memory.
    TooMuchMemory { section: SectionKind },
    /// A statement was running when the time limit was reached.
    TooLong { section: SectionKind },
    /// The time limit was reached between statements.
    OutOfTime,
}

impl Explain for BoundFault {
    fn words(&self) -> Words {
        match self {
            Self::TooManySteps { section, steps } => words(
                "too-many-steps",
                format!(
                    "this {section} needs more than {} million steps of SQLite's virtual machine, the limit for one statement",
                    steps / 1_000_000
                ),
                "SQLite was stopped in this statement",
                "limit it, for example with LIMIT in a recursive query; do long-running work on many rows in the program",
            ),
            Self::TooManyPages { section, megabytes } => words(
                "too-many-pages",
                format!("this {section} fills more than {megabytes} MiB, the limit of the scratch database"),
                "SQLite was stopped in this statement",
                "insert large amounts of data from the program; a script should insert only the few rows that belong to the schema",
            ),
            Self::ChainTooManySteps => words(
                "chain-too-many-steps",
                "the scripts together take more steps of SQLite's virtual machine than the limit of a proof"
                    .to_owned(),
                "SQLite was stopped in this statement",
                "limit the recursive queries, or do long-running work on many rows in the program",
            ),
            Self::TooMuchMemory { section } => words(
                "too-much-memory",
                format!("this {section} is out of memory: it needs more than SQLite may use here"),
                "SQLite was stopped in this statement",
                "write shorter texts and blobs, and sort fewer rows",
            ),
            Self::TooLong { section } => words(
                TOO_LONG,
                format!("this {section} was still running at the time limit of the proof"),
                "SQLite was stopped in this statement",
                HELP_OF_TIME,
            ),
            Self::OutOfTime => words(
                TOO_LONG,
                "the proof reached its time limit before every script was checked".to_owned(),
                "",
                HELP_OF_TIME,
            ),
        }
    }
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
