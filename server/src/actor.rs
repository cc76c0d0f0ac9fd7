//! The user on whose behalf a request is handled. Every query for a client takes one.

/// A user who proved to be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Actor {
    /// The user's id.
    pub(crate) user: i64,
    /// The id of the credential that proved it.
    pub(crate) token: i64,
}

/// A user who proved to own the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner(pub(crate) Actor);
