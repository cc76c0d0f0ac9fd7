//! Statements with their reasons.

/// Statements that belong together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Operation {
    /// The reasons, each as one comment line.
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

/// The direction of a plan. Only an upgrade asks questions, since the answers also determine its
/// downgrade.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Up,
    Down,
}

impl Way {
    /// Returns a question if this direction asks any.
    pub(super) fn asks(self, review: impl FnOnce() -> String) -> Option<String> {
        (self == Self::Up).then(review)
    }
}

/// How tables are changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Means {
    /// With `ALTER TABLE` if it is enough.
    Alter,
    /// With rebuilds only. Rebuilds are slower, but do not depend on how the SQL was written.
    Rebuild,
}
