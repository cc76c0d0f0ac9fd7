//! Targets: the words with which a user names a place in the chain, in Alembic's grammar.
//!
//! ```text
//! target  = [ branch "@" ] place
//! place   = "head" | "heads" | "base" | name | [ anchor ] steps
//! anchor  = "head" | "base" | name
//! steps   = ( "+" | "-" ) digits
//! branch, name = a revision id, a branch label, or a unique prefix of one
//! ```
//!
//! If text is both an exact ID or label and relative steps from a known revision, it is rejected.
//! Otherwise, an exact ID or label is preferred. [`parse`] turns the text into a [`Target`], so
//! later code never handles strings. [`resolve_upgrade`] and [`resolve_downgrade`] turn a target
//! and the position of the database into revisions.

mod error;
mod lineage;
mod parse;
mod resolve;

#[cfg(test)]
mod tests;

pub use error::TargetError;
pub use parse::{KEYWORDS, parse};
pub(crate) use resolve::on_the_line_of;
pub use resolve::{Downgrade, Stamped, resolve_downgrade, resolve_stamp, resolve_upgrade};

use crate::graph::Index;

/// A parsed target.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The text, for messages.
    pub text: String,
    /// A revision on the branch, if the target names a branch.
    pub branch: Option<Index>,
    /// The place, or the start of the steps.
    pub anchor: Anchor,
    /// The number of revisions up, or down if it is negative.
    pub steps: Option<i64>,
}

/// A place in the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// The position of the database. This anchor requires steps.
    Current,
    /// The only head.
    Head,
    /// All heads.
    Heads,
    /// The state before every revision.
    Base,
    /// A revision.
    Revision(Index),
}
