//! The user who sent a request. Every query for a client takes one.

/// An authenticated user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Actor {
    /// The user's id.
    pub(crate) user: i64,
    /// The id of the credential that authenticated the user.
    pub(crate) token: i64,
}

/// An authenticated user who owns the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Owner(pub(crate) Actor);
