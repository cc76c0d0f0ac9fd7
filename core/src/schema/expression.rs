//! An expression, or a longer piece of SQL, in its written and its canonical form.

use std::cmp::Ordering;

/// An expression, the SELECT of a view, or a statement of a trigger.
///
/// Two are equal if they mean the same to SQLite. Spacing, comments, the case of keywords and
/// names, the quotes of names and redundant parentheses do not matter.
#[derive(Debug, Clone, Default)]
pub struct Expression {
    /// The form for people: with its own parentheses and quotes, on one line, without comments.
    pub written: String,
    /// The form for comparison: every operation is in parentheses, and names are in quotes and in
    /// lowercase.
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
