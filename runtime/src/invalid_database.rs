//! An invalid database name.

/// An invalid database name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a valid database: {expected}")]
#[non_exhaustive]
pub struct InvalidDatabase {
    /// The given text.
    pub text: String,
    /// The expected form.
    pub expected: String,
    /// `true` if the text names a different kind of database, or uses another program's notation.
    pub is_of_another_scheme: bool,
}
