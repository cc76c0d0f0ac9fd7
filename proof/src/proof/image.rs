//! The database after the whole chain, as bytes, which lets a program's tests start quickly.
//!
//! It is the result of running the scripts, including rowids. It does not contain Aludel's own
//! tables, which the runtime adds. Rows in `-- sample` sections serve only the proof and are not
//! included.

use aludel_core::chain::Assembled;
use aludel_core::problem::Problem;
use aludel_core::script::SectionKind;
use aludel_core::script::sqlite::quoted;
use aludel_core::sparse;
use rusqlite::MAIN_DB;

use super::scratch::Scratch;
use super::section::{problem_of, run_section};
use super::{Options, ProofFault};

/// The size of a page in bytes. Most tables in a test have few rows, and small images can be copied
/// quickly.
const PAGE_SIZE: u32 = 1024;

/// Returns the image of a proved chain, packed by [`sparse::pack`]. Returns `None` if a script does
/// not run here.
///
/// # Errors
///
/// Returns the problem that prevents the image.
pub fn image(assembled: &Assembled, options: &Options) -> Result<Option<Vec<u8>>, Vec<Problem>> {
    if assembled.scripts.iter().any(|script| script.header.unproved.is_some()) {
        return Ok(None);
    }
    let failed =
        |error: rusqlite::Error| vec![Problem::overall(&ProofFault::Scratch { message: error.to_string() })];
    let pages = options.pages.saturating_mul(options.page_size / PAGE_SIZE);
    let options = &Options { pages, page_size: PAGE_SIZE, ..options.clone() };
    let mut scratch = Scratch::open(options).map_err(failed)?.recording(&assembled.scripts);
    // Deleted bytes are overwritten with zeros, which pack to almost nothing.
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
