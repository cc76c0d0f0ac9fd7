//! Why no script is written.

use aludel_core::problem::Problem;
use aludel_core::script::SectionKind;

/// Why no script is written. Nothing was.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The target schema cannot be created.
    #[error("{}", told(problems))]
    Target {
        /// The errors.
        problems: Vec<Problem>,
    },
    /// A script of the chain fails.
    #[error("{}", problem.title)]
    Chain {
        /// Why.
        problem: Box<Problem>,
    },
    /// An `Unproved` script needs something of the program to change the schema, which is unknown
    /// therefore.
    #[error("the schema at the head is unknown: `{revision}`, which is marked `Unproved`, fails: {message}")]
    Unproved {
        /// The id of the script.
        revision: String,
        /// SQLite's words.
        message: String,
    },
    /// The statements that were planned fail.
    #[error("no {section} could be found that runs: {message}, in `{statement}`")]
    Fails {
        /// Which section.
        section: SectionKind,
        /// The statement.
        statement: String,
        /// SQLite's words.
        message: String,
    },
    /// The statements that were planned make another schema than they should.
    #[error("no {section} could be found that makes the schema that is asked for: {}", differences.join("; "))]
    NotReached {
        /// Which section.
        section: SectionKind,
        /// In what they differ.
        differences: Vec<String>,
    },
    /// The script that was made does not pass the proof.
    #[error("no script could be found that passes the proof: {}", told(problems))]
    NotProved {
        /// What the proof says.
        problems: Vec<Problem>,
    },
    /// Rows are in the way for which nothing was found that stands in.
    #[error("no script could be found that takes every row there and back: {}", blamed(problems))]
    InTheWay {
        /// What the proof says.
        problems: Vec<Problem>,
    },
    /// A scratch database failed.
    #[error("the scratch database failed: {0}")]
    Scratch(#[from] rusqlite::Error),
}

fn told(problems: &[Problem]) -> String {
    let mut titles: Vec<&str> = problems.iter().map(|problem| problem.title.as_str()).collect();
    titles.dedup();
    titles.join("; ")
}

/// What stops, at which statement, and the row that shows it.
fn blamed(problems: &[Problem]) -> String {
    let one = |problem: &Problem| {
        let place = problem.place.as_ref();
        let statement = place.and_then(|place| place.source.text.get(place.span.clone()));
        let at = statement.and_then(|sql| sql.lines().next()).map(|line| format!(", at `{line}`"));
        let row = problem.notes.first().map(|note| format!(" ({note})"));
        format!("{}{}{}", problem.title, at.unwrap_or_default(), row.unwrap_or_default())
    };
    let mut told: Vec<String> = problems.iter().map(one).collect();
    told.dedup();
    told.join("; ")
}
