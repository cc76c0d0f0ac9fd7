//! Statements with their reasons.

/// Some statements that belong together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Step {
    /// Why, one comment line each.
    pub(super) reasons: Vec<String>,
    /// What a person has to decide.
    pub(super) reviews: Vec<String>,
    /// The statements, each with its semicolon.
    pub(super) statements: Vec<String>,
}

impl Step {
    pub(super) fn new(reason: &(impl ToString + ?Sized), statements: Vec<String>) -> Self {
        Self { reasons: vec![reason.to_string()], reviews: Vec::new(), statements }
    }

    pub(super) fn with_review(mut self, review: Option<String>) -> Self {
        self.reviews.extend(review);
        self
    }
}

/// Which way a plan leads. Only an upgrade asks a person: what its downgrade does follows from the answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Up,
    Down,
}

impl Way {
    /// A question, where one is asked.
    pub(super) fn asks(self, review: impl FnOnce() -> String) -> Option<String> {
        (self == Self::Up).then(review)
    }
}

/// Whether rows are mended that a new constraint refuses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mending {
    No,
    /// With what can stand in, since there may be such rows.
    Asked,
    /// The proof finds such rows: where nothing can stand in, they are left out.
    Yes,
}

/// By what tables are changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Means {
    /// `ALTER TABLE` where it is enough.
    Alter,
    /// Rebuilds only: slower, and never in need of how a text was written.
    Rebuild,
}
