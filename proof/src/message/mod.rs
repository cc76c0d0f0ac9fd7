//! Every message by its code: its meaning, its cause and its fix.
//!
//! The text of a single message, with its names and places, is next to the code that detects the
//! error. This module contains the explanation that all messages with the same code share.
//! `aludel explain` prints it. `docs/messages.md` is generated from these explanations and from the
//! tests' snapshots. Lints are explained in `crate::lint`.

mod execution;
mod files;
mod frozen;
mod graph;
mod headers;
mod postgresql;
mod proved;
mod rows;
mod statements;
mod target_schema;

use aludel_core::problem::Problem;

use crate::lint;

/// The level of a message, which determines what it causes to fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// Fails compilation and `aludel verify`.
    Fault,
    /// Fails like an error, unless the script's header has `Allow` with its name.
    Deny,
    /// Fails nothing. `aludel verify` shows it, unless the script's header has `Allow` with its
    /// name.
    Note,
}

impl Level {
    /// Returns the word for the level.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::Deny => "deny",
            Self::Note => "note",
        }
    }
}

/// The explanation for all messages with the same code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message {
    /// The code, in kebab case. For a lint, this is its name.
    pub code: &'static str,
    /// The level.
    pub level: Level,
    /// The rule in one line: a lowercase fragment.
    pub summary: &'static str,
    /// The cause of the message, and how to fix it.
    pub explanation: &'static str,
}

impl Message {
    /// Creates a message that no header can disable.
    const fn fault(code: &'static str, summary: &'static str, explanation: &'static str) -> Self {
        Self { code, level: Level::Fault, summary, explanation }
    }

    /// Creates a note that is not a lint.
    const fn note(code: &'static str, summary: &'static str, explanation: &'static str) -> Self {
        Self { code, level: Level::Note, summary, explanation }
    }

    /// Returns `true` if `Allow` in a header disables the message.
    #[must_use]
    pub fn is_lint(&self) -> bool {
        lints().any(|lint| lint.code == self.code)
    }
}

/// Returns all messages: errors in the order in which they can occur, then lints by name.
pub fn all() -> impl Iterator<Item = &'static Message> {
    let scripts =
        [files::ALL, headers::ALL, statements::ALL, postgresql::ALL, proved::ALL, frozen::ALL, graph::ALL];
    let faults = scripts.into_iter().chain([execution::ALL, rows::ALL, target_schema::ALL]);
    faults.flatten().chain(lints())
}

/// Returns the lints, sorted by name.
pub fn lints() -> impl Iterator<Item = &'static Message> + Clone {
    lint::ALL.iter().copied()
}

/// Returns `true` if a problem is a lint's finding.
#[must_use]
pub fn is_lint(problem: &Problem) -> bool {
    let code = problem.code();
    lints().any(|lint| lint.code == code)
}

/// Returns the message with this code, or `None` if there is none.
#[must_use]
pub fn find(code: &str) -> Option<&'static Message> {
    all().find(|message| message.code == code)
}

/// Returns the most similar code among the given messages, or `None` if none is similar.
#[must_use]
pub fn nearest(code: &str, among: impl Iterator<Item = &'static Message>) -> Option<&'static str> {
    aludel_core::nearest(code, among.map(|message| message.code))
}

#[cfg(test)]
mod tests {
    use super::{all, find, lints, nearest};

    #[test]
    fn every_code_stands_once_and_lints_are_sorted() {
        let codes: Vec<_> = all().map(|message| message.code).collect();
        let mut unique = codes.clone();
        unique.sort_unstable();
        unique.dedup();
        assert_eq!(unique.len(), codes.len());
        assert!(lints().map(|lint| lint.code).is_sorted());
    }

    #[test]
    fn every_message_is_explained() {
        for message in all() {
            assert!(message.explanation.len() > 80, "{}", message.code);
            assert!(!message.summary.ends_with('.'), "{}", message.code);
            assert!(message.explanation.lines().all(|line| line.chars().count() <= 110), "{}", message.code);
        }
    }

    #[test]
    fn a_typo_is_known() {
        assert_eq!(nearest("if-exist", lints()), Some("if-exists"));
        assert_eq!(nearest("nonsense", all()), None);
        assert!(find("not-reversed").is_some());
    }
}
