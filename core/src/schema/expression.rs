//! An expression, or a longer piece of SQL, in its original and its canonical form.

use std::cmp::Ordering;

/// An expression, the SELECT of a view, or a statement of a trigger.
///
/// Two expressions are equal if SQLite treats them the same. Spacing, comments, the case of
/// keywords and names, the quotes around names, and redundant parentheses do not matter.
#[derive(Debug, Clone, Default)]
pub struct Expression {
    /// The form for people, on one line. It keeps its parentheses and quotes, but not its comments.
    pub written: String,
    /// The form for comparison. Every operation is in parentheses. Names are in quotes and in
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
