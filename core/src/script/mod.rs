//! The text of one migration file: header, sections, statements, checksum, file name.
//!
//! [`parse`] reads one file and collects every fault in it. This floor knows nothing of other files: whether a parent exists is the
//! business of [`crate::graph`]. What SQLite defines (comments, tokens, statements, grammar) stands in [`sqlite`].

mod parse;

mod header;
mod name;
mod section;
mod statement;

mod checksum;
mod fault;
pub mod sqlite;
mod write;

pub use checksum::{checksum, hexadecimal};
pub use fault::{FileFault, HeaderFault, MarkerHint, NameFault, SectionFault, StatementFault};
pub use header::Header;
pub(crate) use name::fault_of_id;
pub use name::{file_name_holds, is_revision_id};
pub use parse::{ParsedScript, parse, parse_header, parse_sql};
pub use section::{Section, SectionKind};
pub use statement::{pragma_writes, statements};
pub use write::{Draft, Filled, slug};

#[cfg(test)]
mod tests;
