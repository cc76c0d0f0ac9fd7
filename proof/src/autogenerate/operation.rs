//! Statements with their reasons.

/// Statements that belong together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Operation {
    /// The reasons, each written as one comment line.
    pub(super) reasons: Vec<String>,
    /// The questions for a person.
    pub(super) reviews: Vec<String>,
    /// The statements, each with its semicolon.
    pub(super) statements: Vec<String>,
}

impl Operation {
    pub(super) fn new(reason: &(impl ToString + ?Sized), statements: Vec<String>) -> Self {
        Self { reasons: vec![reason.to_string()], reviews: Vec::new(), statements }
    }

    pub(super) fn with_review(mut self, review: Option<String>) -> Self {
        self.reviews.extend(review);
        self
    }
}

/// The direction of a plan. Only an upgrade asks questions, because the answers also determine its
/// downgrade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Up,
    Down,
}

impl Way {
    /// Returns the question in a direction that asks questions, or `None` in the other.
    pub(super) fn asks(self, review: impl FnOnce() -> String) -> Option<String> {
        (self == Self::Up).then(review)
    }
}

/// The means by which tables are changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Means {
    /// `ALTER TABLE`, if it is enough.
    Alter,
    /// Only rebuilds. They are slower, but do not depend on how the SQL was written.
    Rebuild,
}
