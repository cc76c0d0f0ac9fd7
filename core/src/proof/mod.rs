//! Executes a chain on a scratch database and judges it.
//!
//! Each script goes up, down and up again where it stands in canonical order, and is judged by itself, so that one fault does not hide
//! the next. If all pass, the whole chain is taken down and up once more, where only what rows leave behind can still fail. The scratch
//! database is in memory; scripts run on it under an authorizer, bounded in steps and pages.
//!
//! Only this module executes scripts at compile time. A user's program does not hold it.

mod fault;
mod judge;
mod references;
pub(crate) mod scratch;

pub use fault::ProofFault;

use crate::chain::{Assembled, VERSION_TABLE};
use crate::problem::{self, Problem};

/// What a proof needs to know of its surroundings.
#[derive(Debug, Clone)]
pub struct Options {
    /// The name of the version table.
    pub version_table: String,
    /// How many virtual machine steps one statement may take.
    pub steps: u64,
    /// How many pages of 4 KiB the scratch database may have.
    pub pages: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { version_table: VERSION_TABLE.to_owned(), steps: 50_000_000, pages: 16_384 }
    }
}

/// Proves a chain.
///
/// # Errors
///
/// Every fault that the execution shows, sorted by file and place.
pub fn prove(assembled: &Assembled, options: &Options) -> Result<(), Vec<Problem>> {
    let mut problems = judge::judge(assembled, options);
    if problems.is_empty() {
        return Ok(());
    }
    problem::sort(&mut problems);
    Err(problems)
}
