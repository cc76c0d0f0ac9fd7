//! The reasons why no script was generated.

use aludel_core::problem::Problem;
use aludel_core::script::SectionKind;

/// The reason why no script was generated. Nothing was written.
#[derive(Debug, thiserror::Error)]
pub enum Refusal {
    /// The target schema cannot be created.
    #[error("{}", told(problems))]
    Target {
        /// The errors.
        problems: Vec<Problem>,
    },
    /// A script in the chain fails.
    #[error("{}", problem.title())]
    Chain {
        /// The error.
        problem: Box<Problem>,
    },
    /// An `Unproved` script needs something that only the program provides in order to change the
    /// schema. The schema is therefore unknown.
    #[error("the schema at the head is unknown: `{revision}`, which is marked `Unproved`, fails: {message}")]
    Unproved {
        /// The ID of the script.
        revision: String,
        /// SQLite's message.
        message: String,
    },
    /// The planned statements fail.
    #[error("cannot generate the {section}: {message}, in `{statement}`")]
    Fails {
        /// The section.
        section: SectionKind,
        /// The statement.
        statement: String,
        /// SQLite's error.
        message: String,
    },
    /// The planned statements lead to a different schema.
    #[error("the generated {section} does not lead to the expected schema: {}", differences.join("; "))]
    NotReached {
        /// The section.
        section: SectionKind,
        /// The differences.
        differences: Vec<String>,
    },
    /// The generated script does not pass the proof.
    #[error("cannot generate a script that passes the proof: {}", told(problems))]
    NotProved {
        /// The problems that the proof found.
        problems: Vec<Problem>,
    },
    /// Rows conflict with the target schema, and no replacement values were found.
    #[error(
        "cannot generate a script that keeps every row in the upgrade and the downgrade: {}",
        blamed(problems)
    )]
    InTheWay {
        /// The problems that the proof found.
        problems: Vec<Problem>,
    },
    /// A scratch database failed.
    #[error("the scratch database failed: {0}")]
    Scratch(#[from] rusqlite::Error),
}

fn told(problems: &[Problem]) -> String {
    let mut titles: Vec<String> = problems.iter().map(Problem::title).collect();
    titles.dedup();
    titles.join("; ")
}

/// Returns the problems with their statements and an example row.
fn blamed(problems: &[Problem]) -> String {
    let one = |problem: &Problem| {
        let place = problem.place.as_ref();
        let statement = place.and_then(|place| place.source.text.get(place.span.clone()));
        let at = statement.and_then(|sql| sql.lines().next()).map(|line| format!(", at `{line}`"));
        let row = problem.notes.first().map(|note| format!(" ({note})"));
        format!("{}{}{}", problem.title(), at.unwrap_or_default(), row.unwrap_or_default())
    };
    let mut told: Vec<String> = problems.iter().map(one).collect();
    told.dedup();
    told.join("; ")
}
