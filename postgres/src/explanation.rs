//! The explanation of a message, by its code.

/// The explanation of an error, a note or a lint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Explanation {
    /// The name of the rule, in kebab case.
    pub code: &'static str,
    /// A one-line summary.
    pub summary: &'static str,
    /// The explanation, with an example and how to fix it.
    pub explanation: &'static str,
}
