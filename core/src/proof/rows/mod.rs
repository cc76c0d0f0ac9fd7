//! The proof with rows: what the rows of a database go through while a chain is applied.
//!
//! Sample rows are made once, when a table or a column appears, and carried along the chain. Each script goes up and down again with them in
//! it: what the downgrade does not bring back byte for byte is lost, and the header has to say so.

mod judge;

mod blame;
mod bring;
mod place;
mod round;

mod keys;
mod loss;

mod cell;
mod difference;
mod image;

mod checks;
mod literals;
mod plan;
mod sample;
mod values;

mod fault;

#[cfg(test)]
mod random;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

pub(super) use judge::judge;

use crate::graph::Index;
use crate::schema::Changes;

/// What the pass without rows knows of a script.
pub(super) struct Step {
    /// What its upgrade changes in the schema.
    pub(super) made: Changes,
    /// Nothing is wrong with it.
    pub(super) is_sound: bool,
}

/// The scripts whose upgrades ran.
pub(super) type Steps = BTreeMap<Index, Step>;

/// A table for which no rows could be made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unsampled {
    /// The table.
    pub table: String,
    /// The revision that makes it.
    pub revision: String,
    /// Why: in words, or SQLite's own.
    pub reason: String,
}
