//! The text of one script: header, sections, statements, checksum, file name.
//!
//! [`parse`] reads one file and collects its errors. This layer does not see other files, so
//! [`crate::graph`] checks whether a parent exists. Everything that depends on the database
//! (comments, tokens, statements, grammar) is in the module for its [`Dialect`].

mod dialect;
mod grammar;
mod parse;
mod reporter;

mod header;
mod lexeme;
mod name;
mod no_rows;
mod section;
mod section_kind;

#[cfg(feature = "postgres")]
pub mod postgres;
pub mod sqlite;

mod checksum;
mod fault;
mod write;

pub use checksum::{checksum, hexadecimal};
pub use dialect::{Dialect, UnknownDialect};
pub use fault::{FileFault, HeaderFault, MarkerHint, NameFault, SectionFault};
pub use grammar::Grammar;
pub use header::{Header, OUTSIDE_TRANSACTION};
pub(crate) use name::fault_of_id;
pub use name::{file_name_holds, is_revision_id};
pub use no_rows::{NO_ROWS, NoRows, no_rows, not_created_here};
pub use parse::{ParsedScript, parse, parse_header, parse_sql};
pub use section::Section;
pub use section_kind::SectionKind;
pub use sqlite::{
    OutsideStatement, StatementFault, changes_only_rows, pragma_writes, same_statements, statements,
};
pub use write::{Draft, Filled, slug};

#[cfg(test)]
mod tests;
