//! The text of one script: header, sections, statements, checksum, file name.
//!
//! [`parse`] reads one file and collects its errors. This layer does not see other files:
//! [`crate::graph`] checks whether a parent exists. Everything that SQLite defines (comments,
//! tokens, statements, grammar) is in [`sqlite`].

mod parse;
mod reporter;

mod header;
mod name;
mod outside;
mod pragma;
mod section;
mod section_kind;
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
pub use outside::{KEY as OUTSIDE_TRANSACTION, OutsideStatement};
pub use parse::{ParsedScript, parse, parse_header, parse_sql};
pub use pragma::pragma_writes;
pub use section::Section;
pub use section_kind::SectionKind;
pub use statement::{changes_only_rows, same_statements, statements};
pub use write::{Draft, Filled, slug};

#[cfg(test)]
mod tests;
