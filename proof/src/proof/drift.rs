//! Compares the schema at the head with a target schema, which models or a `schema.sql` define.
//!
//! The target schema is created on a scratch database of its own and read like any database. If a
//! script of the chain is not executed (`Unproved`), the head is unknown and is not compared.

use aludel_core::problem::{Explain, Place, Problem, Words, words};
use aludel_core::schema::{Changes, Schema, tell};

use super::scratch::Scratch;
use super::{Options, fault::shown};
use crate::comparison::{Settings, Wish, expected, taken};

/// The command that writes the missing script.
const COMMAND: &str = "aludel revision --autogenerate -m \"…\"";

/// A target schema.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The files that define it, as the user wrote their paths.
    pub files: Vec<String>,
    /// Its statements.
    pub statements: Vec<Statement>,
    /// `true` if models define it. Models do not describe views, triggers and virtual tables.
    pub by_models: bool,
    /// The settings of the comparison.
    pub settings: Settings,
}

/// A statement of a target schema.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The SQL.
    pub sql: String,
    /// The place, if a person wrote the statement.
    pub place: Option<Place>,
}

/// The reason why the head does not match the target schema.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is explained by its own words, below")]
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
                    "the schema at the head differs from the target schema in {}: {}",
                    aludel_core::problem::listed(files),
                    shown(differences)
                ),
                "",
                format!("write the migration with `{COMMAND}`, or correct the target schema"),
            ),
            Self::Fails { message } => words(
                "wanted-schema-fails",
                format!("the target schema cannot be created: {message}"),
                "SQLite stopped at this statement",
                "correct the statement; it ran on an empty scratch database, after the statements above it",
            ),
        }
    }
}

/// Compares the head of a proved chain, if it is known, with the target schema.
///
/// # Errors
///
/// Returns all differences as one problem, or the statements of the target schema that fail.
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

/// Returns the target schema.
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
