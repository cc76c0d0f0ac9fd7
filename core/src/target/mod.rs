//! The words that a person types for a place in the chain, and what they resolve to: Alembic's grammar.
//!
//! ```text
//! target  = [ branch "@" ] place
//! place   = "head" | "heads" | "base" | name | [ anchor ] steps
//! anchor  = "head" | "base" | name
//! steps   = ( "+" | "-" ) digits
//! branch, name = a revision id, a branch label, or a unique prefix of one
//! ```
//!
//! An exact id or label is read before a relative step; where both readings exist, the text is refused. [`parse`] makes a [`Target`] of the
//! text, and nobody after it sees a string; [`resolve_upgrade`] and [`resolve_downgrade`] make revisions of it, given where the database is.

mod error;
mod lineage;
mod parse;
mod resolve;

#[cfg(test)]
mod tests;

pub use error::TargetError;
pub use parse::parse;
pub(crate) use resolve::on_the_line_of;
pub use resolve::{Downgrade, Stamped, resolve_downgrade, resolve_stamp, resolve_upgrade};

use crate::graph::Index;

/// What a person typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The text, for messages.
    pub text: String,
    /// The revision that names the branch, where one is named.
    pub branch: Option<Index>,
    /// Where it is, or where its steps begin.
    pub anchor: Anchor,
    /// How many revisions up, or down where it is negative.
    pub steps: Option<i64>,
}

/// A place in the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Anchor {
    /// Where the database is; only with steps.
    Current,
    /// The one head.
    Head,
    /// All heads.
    Heads,
    /// Nothing applied.
    Base,
    /// A revision.
    Revision(Index),
}
