//! Whether the schema at the head is the one that is wanted: what models say, or a `schema.sql`.
//!
//! What is wanted runs on a scratch database of its own and is read as any database is. A chain with a script that is not executed here
//! (`Unproved`) has a head that is not known, and is not compared.

use aludel_core::problem::{Explain, Place, Problem, Words, words};
use aludel_core::schema::{Changes, Schema, tell};

use super::scratch::Scratch;
use super::{Options, fault::shown};
use crate::comparison::{Settings, Wish, expected, taken};

/// The command that writes the script which is missing.
const COMMAND: &str = "aludel revision --autogenerate -m \"…\"";

/// A schema that is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The files that say it, as the user wrote them.
    pub files: Vec<String>,
    /// Its statements.
    pub statements: Vec<Statement>,
    /// Whether it is said by models: they say nothing of views, triggers and virtual tables.
    pub by_models: bool,
    /// What is compared.
    pub settings: Settings,
}

/// A statement of a wanted schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The SQL.
    pub sql: String,
    /// Where it stands, if a person wrote it.
    pub place: Option<Place>,
}

/// Why the head is not what is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is told by its own words, below")]
pub enum DriftFault {
    Differ { files: Vec<String>, differences: Vec<String> },
    Fails { message: String },
}

impl Explain for DriftFault {
    fn words(&self) -> Words {
        match self {
            Self::Differ { files, differences } => words(
                "models-differ",
                format!(
                    "the schema at the head is not the one that {} says: {}",
                    aludel_core::problem::listed(files),
                    shown(differences)
                ),
                "",
                format!("write the migration with `{COMMAND}`, or correct what is wanted"),
            ),
            Self::Fails { message } => words(
                "wanted-schema-fails",
                format!("the wanted schema cannot be made: {message}"),
                "SQLite stopped at this statement",
                "correct the statement; it ran on an empty scratch database, after those above it",
            ),
        }
    }
}

/// Compares the head of a chain that was proved, where it is known, with the schema that is wanted.
///
/// # Errors
///
/// What differs, as one fault, or the statements of the wanted schema that fail.
pub fn compare(head: Option<&Schema>, wanted: &Wanted, options: &Options) -> Result<(), Vec<Problem>> {
    let schema = made(wanted, options)?;
    let Some(head) = head else { return Ok(()) };
    let wish = Wish { schema: &schema, tables_only: wanted.by_models, settings: &wanted.settings };
    let changes = Changes::between(&expected(head, wish), &taken(head, &wanted.settings));
    if changes.is_empty() {
        return Ok(());
    }
    let (files, differences) = (wanted.files.clone(), tell(&changes));
    Err(vec![Problem::overall(&DriftFault::Differ { files, differences })])
}

/// The schema that is wanted.
fn made(wanted: &Wanted, options: &Options) -> Result<Schema, Vec<Problem>> {
    let scratch = Scratch::open(options).map_err(|error| vec![failed(error.to_string(), None)])?;
    let mut problems = Vec::new();
    for Statement { sql, place } in &wanted.statements {
        if let Err(stopped) = scratch.run(sql) {
            problems.push(failed(stopped.to_string(), place.clone()));
        }
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    scratch.schema().map_err(|error| vec![failed(error.to_string(), None)])
}

fn failed(message: String, place: Option<Place>) -> Problem {
    let fault = DriftFault::Fails { message };
    match place {
        Some(place) => Problem::at(place, &fault),
        None => Problem::overall(&fault),
    }
}
