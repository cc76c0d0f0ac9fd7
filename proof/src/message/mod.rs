//! Every message by its code: what it is about, how it comes about, and the way out.
//!
//! The words of one message, with its names and places, stand where the fault is found; here stands what is true of all with the same
//! code. `aludel explain` prints it, and `docs/messages.md` is made from it and from the tests' snapshots. Lints explain themselves, in
//! `crate::lint`.

mod execution;
mod files;
mod frozen;
mod graph;
mod headers;
mod rows;
mod statements;

use crate::lint;

/// What a message does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Level {
    /// It fails compilation and `aludel verify`.
    Fault,
    /// The same, unless the script's header says `Allow` and its name.
    Deny,
    /// `aludel verify` shows it, unless the script's header says `Allow` and its name; nothing fails.
    Note,
}

impl Level {
    /// The word for it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::Deny => "deny",
            Self::Note => "note",
        }
    }
}

/// What is true of all messages with one code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message {
    /// The code, in kebab case; of a lint, its name.
    pub code: &'static str,
    /// What it does.
    pub level: Level,
    /// The rule in one line: a lowercase fragment.
    pub summary: &'static str,
    /// How it comes about, and the way out.
    pub explanation: &'static str,
}

impl Message {
    /// A message that no header can switch off.
    const fn fault(code: &'static str, summary: &'static str, explanation: &'static str) -> Self {
        Self { code, level: Level::Fault, summary, explanation }
    }

    /// A note that is no lint.
    const fn note(code: &'static str, summary: &'static str, explanation: &'static str) -> Self {
        Self { code, level: Level::Note, summary, explanation }
    }

    /// Whether `Allow` in a header switches it off.
    #[must_use]
    pub fn is_lint(&self) -> bool {
        lints().any(|lint| lint.code == self.code)
    }
}

/// All messages: the faults in the order in which they can come about, then the lints by name.
pub fn all() -> impl Iterator<Item = &'static Message> {
    let faults =
        [files::ALL, headers::ALL, statements::ALL, frozen::ALL, graph::ALL, execution::ALL, rows::ALL];
    faults.into_iter().flatten().chain(lints())
}

/// The lints, by name.
pub fn lints() -> impl Iterator<Item = &'static Message> {
    lint::ALL.iter().copied()
}

/// The message with a code.
#[must_use]
pub fn find(code: &str) -> Option<&'static Message> {
    all().find(|message| message.code == code)
}

/// The code that is the fewest edits away, among some messages.
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
