//! The schema at the head of a chain with scripts that the proof does not run (`Unproved`).
//!
//! Such a script needs a function, a collation or a module that only the program provides. If a
//! statement needs one of these but only changes rows, it is skipped. It cannot change the schema,
//! so the schema at the head is still known. If a statement that changes the schema needs one, the
//! schema is unknown.

use aludel_core::chain::Assembled;
use aludel_core::script::{ParsedScript, SectionKind, changes_only_rows};

use super::scratch::Scratch;
use super::section::{SectionFailure, run_statement};

/// A statement that stopped, and the script that contains it.
pub(crate) type FailureIn<'a> = (&'a ParsedScript, SectionFailure);

/// Applies every upgrade of a chain.
///
/// # Errors
///
/// Returns the first statement that fails and is not skipped.
pub(crate) fn upgrade_to_head<'a>(scratch: &Scratch, assembled: &'a Assembled) -> Result<(), FailureIn<'a>> {
    let kind = SectionKind::Upgrade;
    for script in &assembled.scripts {
        for statement in script.section(kind).into_iter().flat_map(|section| &section.statements) {
            let sql = script.source.text.get(statement.clone()).unwrap_or_default();
            match run_statement(scratch, script, kind, statement) {
                Err(failure) if failure.stopped.needs_program() && changes_only_rows(sql) => {}
                Err(failure) => return Err((script, failure)),
                Ok(()) => {}
            }
        }
    }
    Ok(())
}
