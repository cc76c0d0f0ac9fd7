//! Runs a section of a script on a scratch database, and reports the statement that stopped it.

use std::ops::Range;

use aludel_core::problem::{Explain, Problem};
use aludel_core::script::{ParsedScript, SectionKind};

use super::bound::BoundFault;
use super::outside::is_outside;
use super::scratch::{Scratch, Stopped};
use super::{Options, ProofFault};

/// A statement that stopped, and its byte range in the file.
pub(crate) struct SectionFailure {
    pub(crate) section: SectionKind,
    pub(crate) stopped: Stopped,
    pub(crate) statement: Range<usize>,
}

/// Runs a section to its end, or up to the first statement that fails.
pub(crate) fn run_section(
    scratch: &Scratch,
    script: &ParsedScript,
    kind: SectionKind,
) -> Result<(), SectionFailure> {
    let statements = script.section(kind).into_iter().flat_map(|section| &section.statements);
    statements.into_iter().try_for_each(|statement| run_statement(scratch, script, kind, statement))?;
    end_section(scratch, script, kind)
}

/// Records that every statement in a section ran.
pub(super) fn end_section(
    scratch: &Scratch,
    script: &ParsedScript,
    section: SectionKind,
) -> Result<(), SectionFailure> {
    let last = || script.section(section).map_or(0..0, |section| section.marker.clone());
    scratch.record(script, section).map_err(|stopped| SectionFailure { section, stopped, statement: last() })
}

/// Runs one statement in a section. Skips a script that runs outside a transaction, because it has
/// no effect in memory.
pub(super) fn run_statement(
    scratch: &Scratch,
    script: &ParsedScript,
    section: SectionKind,
    statement: &Range<usize>,
) -> Result<(), SectionFailure> {
    if is_outside(script) {
        return Ok(());
    }
    let sql = script.source.text.get(statement.clone()).unwrap_or_default();
    scratch.runs(script, statement);
    scratch.run(sql).map_err(|stopped| SectionFailure { section, stopped, statement: statement.clone() })
}

/// Turns a failure into a problem at the word that SQLite's error points to. If a limit was
/// reached, reports that limit.
pub(super) fn problem_of<F: Explain + Clone>(
    options: &Options,
    script: &ParsedScript,
    failure: &SectionFailure,
    fault: impl FnOnce(SectionKind, String) -> F,
) -> Problem {
    let section = failure.section;
    let span = failure.statement.clone();
    let place = script.place(span.clone());
    let bound = match &failure.stopped {
        Stopped::Steps => BoundFault::TooManySteps { section, steps: options.steps },
        Stopped::Pages => {
            BoundFault::TooManyPages { section, megabytes: options.pages / (1024 * 1024 / options.page_size) }
        }
        Stopped::Budget => BoundFault::ChainTooManySteps,
        Stopped::Memory => BoundFault::TooMuchMemory { section },
        Stopped::Time => BoundFault::TooLong { section },
        Stopped::OwnTable(table) => {
            return Problem::at(place, &ProofFault::OwnTable { table: table.clone() });
        }
        Stopped::NotAuthorized(_) | Stopped::Ended { .. } | Stopped::Several => {
            return Problem::at(place, &ProofFault::NotAuthorized { message: failure.stopped.to_string() });
        }
        Stopped::Failed(message, offset) => {
            let word = offset.map_or(span.clone(), |offset| word_at(script, &span, offset));
            return Problem::at(script.place(word), &fault(section, message.clone()));
        }
    };
    Problem::at(place, &bound)
}

/// Returns the byte range of the word at an offset in a statement.
fn word_at(script: &ParsedScript, statement: &Range<usize>, offset: usize) -> Range<usize> {
    let start = (statement.start + offset).min(statement.end);
    let rest = script.source.text.get(start..statement.end).unwrap_or_default();
    let is_part = |letter: char| letter.is_alphanumeric() || letter == '_';
    let length = rest.find(|letter: char| !is_part(letter)).unwrap_or(rest.len());
    let one = rest.chars().next().map_or(0, char::len_utf8);
    start..start + length.max(one)
}
