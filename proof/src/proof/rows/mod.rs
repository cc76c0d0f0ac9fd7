//! The proof with rows: the chain is applied to tables that contain rows.
//!
//! Sample rows are generated when a table or a column is created, and then carried along the chain.
//! Each script is upgraded, downgraded and upgraded again with them. Everything that the downgrade
//! does not restore byte for byte is lost, and the header must declare the loss. If a statement
//! changes none of these rows, the proof searches for witnesses and runs the script again with
//! them. Finally, it searches for rows that the script as a whole harms.

mod judge;

mod bare;
mod between;
mod effect;
mod harm;
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

/// The result of a script in the pass without rows.
pub(super) struct ScriptRun {
    /// The upgrade's changes to the schema.
    pub(super) made: Changes,
    /// `true` if the script has no errors.
    pub(super) is_sound: bool,
}

/// The scripts whose upgrades ran.
pub(super) type ScriptRuns = BTreeMap<Index, ScriptRun>;

/// The result of the pass with rows.
#[derive(Debug, Default)]
pub(super) struct Rows {
    /// The errors and notes.
    pub(super) problems: Vec<Problem>,
    /// The tables without rows.
    pub(super) unsampled: Vec<Unsampled>,
    /// The number of statements that depend on existing rows, and the number of those that changed
    /// a row.
    pub(super) statements: Statements,
    /// The tables that lose rows without a declaration, and the scripts that remove the rows.
    pub(super) lost: BTreeSet<(Index, Name)>,
}

/// Counts of statements that depend on existing rows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Statements {
    /// The number of all such statements.
    pub all: usize,
    /// The number of such statements that inserted, changed or removed rows during the proof.
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
