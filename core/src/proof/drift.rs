//! Whether the schema at the head is the one that is wanted: what models say, or a `schema.sql`.
//!
//! Both are run on scratch databases of their own and read as any database is. A chain with a script that is not executed here
//! (`Unproved`) has a head that is not known, and is not compared.

use super::scratch::{Scratch, Stopped};
use super::section::run_section;
use super::{Options, fault::shown};
use crate::chain::Assembled;
use crate::problem::{Explain, Place, Problem, Words, words};
use crate::schema::{Changes, Schema, tell};
use crate::script::SectionKind;

/// The command that writes the script which is missing.
const COMMAND: &str = "aludel revision --autogenerate -m \"…\"";

/// A schema that is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The files that say it, as the user wrote them.
    pub files: Vec<String>,
    /// Its statements.
    pub statements: Vec<Statement>,
    /// Whether it is said by models: they say nothing of views, triggers and virtual tables, and of names of constraints only those that are given.
    pub by_models: bool,
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
                    crate::problem::listed(files),
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

/// Compares the head of a chain that was proved with the schema that is wanted.
///
/// # Errors
///
/// What differs, as one fault, or the statements of the wanted schema that fail.
pub fn compare(assembled: &Assembled, wanted: &Wanted, options: &Options) -> Result<(), Vec<Problem>> {
    let schema = made(wanted, options)?;
    let differences = head(assembled, options)?.map(|head| {
        let mut schema = schema.naming_parents_as(&head);
        if wanted.by_models {
            schema = schema.with_programs_of(&head).naming_constraints_as(&head);
        }
        Changes::between(&schema, &head)
    });
    match differences {
        Some(changes) if !changes.is_empty() => {
            let (files, differences) = (wanted.files.clone(), tell(&changes));
            Err(vec![Problem::overall(&DriftFault::Differ { files, differences })])
        }
        _ => Ok(()),
    }
}

/// The schema that is wanted.
fn made(wanted: &Wanted, options: &Options) -> Result<Schema, Vec<Problem>> {
    let scratch = Scratch::open(options).map_err(|error| vec![failed(error.to_string(), None)])?;
    let mut problems = Vec::new();
    for Statement { sql, place } in &wanted.statements {
        if let Err(stopped) = scratch.run(sql) {
            problems.push(failed(message(stopped), place.clone()));
        }
    }
    if problems.is_empty() { read(&scratch) } else { Err(problems) }
}

/// The schema at the head; none where a script is not executed here.
fn head(assembled: &Assembled, options: &Options) -> Result<Option<Schema>, Vec<Problem>> {
    if assembled.scripts.iter().any(|script| script.header.unproved.is_some()) {
        return Ok(None);
    }
    let scratch = Scratch::open(options).map_err(|error| vec![failed(error.to_string(), None)])?;
    for script in &assembled.scripts {
        run_section(&scratch, script, SectionKind::Upgrade).map_err(|failure| {
            vec![failed(message(failure.stopped), Some(script.place(failure.statement)))]
        })?;
    }
    read(&scratch).map(Some)
}

fn read(scratch: &Scratch) -> Result<Schema, Vec<Problem>> {
    scratch.schema().map_err(|error| vec![failed(error.to_string(), None)])
}

fn failed(message: String, place: Option<Place>) -> Problem {
    let fault = DriftFault::Fails { message };
    match place {
        Some(place) => Problem::at(place, &fault),
        None => Problem::overall(&fault),
    }
}

fn message(stopped: Stopped) -> String {
    match stopped {
        Stopped::Steps => "it takes too many steps of SQLite's machine".to_owned(),
        Stopped::Pages => "it fills the scratch database".to_owned(),
        Stopped::OwnTable(table) => format!("`{table}` is Aludel's own table"),
        Stopped::NotAuthorized(message) | Stopped::Failed(message, _) => message,
    }
}
