//! Parts of error messages.

use aludel_core::escape;
use aludel_core::plan::Direction;

use super::{DivergedScript, Error};
use crate::{ForeignKeyViolation, Report};

/// The maximum number of violations that one message lists.
const VIOLATIONS_SHOWN: usize = 10;

pub(super) fn word(direction: Direction) -> &'static str {
    match direction {
        Direction::Upgrade => "the upgrade",
        Direction::Downgrade => "the downgrade",
    }
}

pub(super) fn named(revisions: &[String]) -> String {
    match revisions {
        [] => "base".to_owned(),
        [one] => format!("revision `{}`", escape::line(one)),
        many => {
            let many: Vec<String> = many.iter().map(|id| format!("`{}`", escape::line(id))).collect();
            format!("revisions {}", many.join(", "))
        }
    }
}

/// Describes an error, without a claim about the statement that ran before it.
pub(super) fn failed_words(error: &Error) -> String {
    match error {
        Error::Database { doing, source } | Error::RolledBack { doing, source } => {
            format!("{doing} failed: {source}")
        }
        error => {
            let words = error.to_string();
            let words = words.strip_suffix("; nothing was changed").unwrap_or(&words);
            words.strip_prefix("the run was rolled back because ").unwrap_or(words).to_owned()
        }
    }
}

/// Describes the scripts of a run that were committed.
pub(super) fn parts_words(report: &Report) -> String {
    let committed: Vec<String> =
        report.ran.iter().map(|ran| format!("`{}`", escape::line(&ran.revision))).collect();
    match committed.as_slice() {
        [] => "another process moved the database".to_owned(),
        [one] => format!("{one} was committed"),
        many => format!("{} were committed", many.join(", ")),
    }
}

pub(super) fn edited_words(edited: &[DivergedScript]) -> String {
    let words: Vec<String> =
        edited.iter().map(|DivergedScript { revision, file }| format!("`{revision}` ({file})")).collect();
    let verb = if words.len() == 1 { "was" } else { "were" };
    format!("{} {verb}", words.join(", "))
}

pub(super) fn violation_words(violations: &[ForeignKeyViolation]) -> String {
    let words: Vec<String> = violations.iter().take(VIOLATIONS_SHOWN).map(ToString::to_string).collect();
    let more = violations.len().saturating_sub(VIOLATIONS_SHOWN);
    if more == 0 { words.join("; ") } else { format!("{}; and {more} more", words.join("; ")) }
}
