//! A statement of a script, and the error if it fails.

use std::path::PathBuf;

use aludel_core::chain::{Script, Section};
use aludel_core::plan::Direction;

use super::DatabaseError;

/// The maximum number of lines of a failed statement that a message shows.
const LINES_SHOWN: usize = 8;

/// A statement of a script that failed.
#[derive(Debug)]
#[non_exhaustive]
pub struct StatementFailure {
    /// The direction in which the script ran.
    pub direction: Direction,
    /// Its revision.
    pub revision: String,
    /// Its file, as recorded in the chain.
    pub file: String,
    /// The line in the file, counted from 1.
    pub line: usize,
    /// The column in the line, in characters, counted from 1.
    pub column: usize,
    /// The first lines of the statement, with their numbers.
    pub statement: String,
    /// The reason: the database's message, or one from Aludel.
    pub message: String,
    /// The database error, if there is one.
    pub source: Option<DatabaseError>,
    /// The backup of the database from before the run, if one was made and still exists.
    pub backup: Option<PathBuf>,
}

/// A statement of a script that is running.
#[derive(Clone, Copy)]
pub(crate) struct RunningStatement<'s> {
    pub(crate) script: &'s Script,
    pub(crate) direction: Direction,
    pub(crate) section: &'s Section,
    pub(crate) number: usize,
}

impl RunningStatement<'_> {
    /// Creates a failure with the file, the position and the first lines of the statement. `offset`
    /// is the byte offset in the statement to which the error points.
    pub(crate) fn failure(
        self,
        message: String,
        source: Option<DatabaseError>,
        offset: Option<usize>,
    ) -> StatementFailure {
        let Self { script, direction, section, number } = self;
        let start = section.statements.get(number).map_or(0, |bytes| bytes.start);
        let text = section.statements().nth(number).unwrap_or_default();
        let (line, column) = section.line_and_column(start + offset.unwrap_or_default());
        let (first_line, _) = section.line_and_column(start);
        let width = (first_line + LINES_SHOWN).to_string().len();
        let shown: Vec<String> = text
            .lines()
            .take(LINES_SHOWN)
            .enumerate()
            .map(|(number, line)| format!("{:>width$} | {line}", first_line + number))
            .collect();
        StatementFailure {
            direction,
            revision: script.id.to_string(),
            file: script.file.to_string(),
            line,
            column,
            statement: shown.join("\n"),
            message,
            source,
            backup: None,
        }
    }
}
