//! An invalid name of a database.

/// An invalid name of a database.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a valid database: {expected}")]
#[non_exhaustive]
pub struct InvalidDatabase {
    /// The text that was given.
    pub text: String,
    /// The expected form.
    pub expected: String,
    /// `true` if the text names another kind of database, or uses the notation of another program.
    pub is_of_another_scheme: bool,
}
