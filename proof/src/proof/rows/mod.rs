//! The proof with rows: the chain is applied to tables that contain rows.
//!
//! Sample rows are generated once, when a table or a column appears, and carried along the chain.
//! Each script goes up and down again with them. Whatever the downgrade does not restore byte for
//! byte is lost, and the header must declare it. For statements that change none of these rows,
//! witnesses are searched, and the script runs again with them.

mod judge;

mod bare;
mod between;
mod effect;
mod locate;
mod offending_rows;
mod reach;
mod reform;
mod round_trip;
mod seed;
mod trial;
mod watch;

mod column;
mod dice;
mod experiment;
mod fill;
mod json;
mod search;
mod source;
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
mod sample;
mod values;

mod fault;

#[cfg(test)]
mod random;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

pub(crate) use bare::{Bare, declaration};
pub(super) use effect::differences;
pub(super) use fault::RowFault;
pub(super) use judge::judge;
pub(super) use reach::Reach;

use aludel_core::graph::Index;
use aludel_core::problem::Problem;
use aludel_core::schema::{Changes, Name};

/// The result of the pass without rows for a script.
pub(super) struct ScriptRun {
    /// The changes of its upgrade to the schema.
    pub(super) made: Changes,
    /// It has no error.
    pub(super) is_sound: bool,
}

/// The scripts whose upgrades ran.
pub(super) type ScriptRuns = BTreeMap<Index, ScriptRun>;

/// The result of the pass with rows.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// The errors and notes.
    pub(super) problems: Vec<Problem>,
    /// Tables without rows.
    pub(super) unsampled: Vec<Unsampled>,
    /// How many statements depend on existing rows, and how many of them changed one.
    pub(super) statements: Statements,
    /// The tables that lose rows without a declaration, and the script that removes them.
    pub(super) lost: BTreeSet<(Index, Name)>,
}

/// How many statements depend on existing rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statements {
    /// All of them.
    pub all: usize,
    /// Those that inserted, changed or removed rows while the chain was proved.
    pub at_work: usize,
}

/// A table for which no rows could be generated.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unsampled {
    /// The table.
    pub table: String,
    /// The revision that creates it.
    pub revision: String,
    /// The reason, or SQLite's error.
    pub reason: String,
}
