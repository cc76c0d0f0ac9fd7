//! The database to which a chain was applied, as bytes: what a program's tests begin with.
//!
//! It is what running the scripts makes, rowids included, without Aludel's own tables: the runtime writes those. Rows of `-- sample` sections
//! are for the proof, and not in it.

use aludel_core::chain::Assembled;
use aludel_core::problem::Problem;
use aludel_core::script::SectionKind;
use aludel_core::script::sqlite::quoted;
use aludel_core::sparse;
use rusqlite::MAIN_DB;

use super::scratch::Scratch;
use super::section::{problem_of, run_section};
use super::{Options, ProofFault};

/// How many bytes a page of an image has: most tables of a test hold little, and what is small is soon copied.
const PAGE_SIZE: u32 = 1024;

/// The image of a chain that was proved, packed by [`sparse::pack`]; none where a script is not executed here.
///
/// # Errors
///
/// Why it cannot be made.
pub fn image(assembled: &Assembled, options: &Options) -> Result<Option<Vec<u8>>, Vec<Problem>> {
    if assembled.scripts.iter().any(|script| script.header.unproved.is_some()) {
        return Ok(None);
    }
    let failed =
        |error: rusqlite::Error| vec![Problem::overall(&ProofFault::Scratch { message: error.to_string() })];
    let pages = options.pages.saturating_mul(options.page_size / PAGE_SIZE);
    let options = &Options { pages, page_size: PAGE_SIZE, ..options.clone() };
    let mut scratch = Scratch::open(options).map_err(failed)?.recording(&assembled.scripts);
    // What is deleted is zero then, and packs to nothing.
    scratch.control("PRAGMA secure_delete = ON").map_err(failed)?;
    for script in &assembled.scripts {
        run_section(&scratch, script, SectionKind::Upgrade).map_err(|failure| {
            vec![problem_of(options, script, &failure, |section, message| ProofFault::Fails {
                section,
                message,
            })]
        })?;
    }
    for table in scratch.own_tables() {
        scratch.control(&format!("DROP TABLE {}", quoted(table))).map_err(failed)?;
    }
    let pages = scratch.connection_mut().serialize(MAIN_DB).map_err(failed)?;
    Ok(Some(sparse::pack(&pages)))
}
