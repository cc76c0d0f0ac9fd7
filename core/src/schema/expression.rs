//! An expression, or a longer text of SQL, as it is written and as it is compared.

use std::cmp::Ordering;

/// An expression, the SELECT of a view or a statement of a trigger.
///
/// Two are equal when SQLite reads the same in them: spacing, comments, the case of keywords and of names, the way that names are quoted
/// and parentheses that change nothing do not matter.
#[derive(Debug, Clone, Default)]
pub struct Expression {
    /// For a person: with its own parentheses and quotes, on one line, without comments.
    pub written: String,
    /// What is compared: every operation in parentheses, names in quotes and in lowercase.
    pub canonical: String,
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.canonical == other.canonical
    }
}

impl Eq for Expression {}

impl Ord for Expression {
    fn cmp(&self, other: &Self) -> Ordering {
        self.canonical.cmp(&other.canonical)
    }
}

impl PartialOrd for Expression {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
