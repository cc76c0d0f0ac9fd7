//! The proof with rows: what the rows of a database go through while a chain is applied.
//!
//! Sample rows are made once, when a table or a column appears, and carried along the chain. Each script goes up and down again with them in
//! it: what the downgrade does not bring back byte for byte is lost, and the header has to say so. For statements that these rows do not show at
//! work, witnesses are searched, and the script runs again with them.

mod judge;

mod effect;
mod locate;
mod offending_rows;
mod reach;
mod reform;
mod round_trip;
mod seed;
mod trial;
mod watch;

mod candidates;
mod experiment;
mod fill;
mod json;
mod search;
mod variations;
mod words;

mod indexes;
mod keys;
mod loss;

mod cell;
mod difference;
mod image;

mod checks;
mod parents;
mod plan;
mod sample;
mod values;

mod fault;

#[cfg(test)]
mod random;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub(super) use effect::differences;
pub(super) use fault::RowFault;
pub(super) use judge::judge;
pub(super) use reach::Reach;

use aludel_core::graph::Index;
use aludel_core::problem::Problem;
use aludel_core::schema::{Changes, Name};

/// What the pass without rows knows of a script.
pub(super) struct Step {
    /// What its upgrade changes in the schema.
    pub(super) made: Changes,
    /// Nothing is wrong with it.
    pub(super) is_sound: bool,
}

/// The scripts whose upgrades ran.
pub(super) type Steps = BTreeMap<Index, Step>;

/// What the pass with rows finds.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// Every fault.
    pub(super) problems: Vec<Problem>,
    /// Tables that hold no row.
    pub(super) unsampled: Vec<Unsampled>,
    /// How many statements depend on rows that are there, and how many of them were seen at work.
    pub(super) statements: Statements,
    /// The tables that lose rows without a word in the header, and the script that loses them.
    pub(super) lost: BTreeSet<(Index, Name)>,
}

/// How many statements depend on rows that are there.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statements {
    /// All of them.
    pub all: usize,
    /// Those that inserted, changed or removed rows while the chain was proved.
    pub at_work: usize,
}

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
