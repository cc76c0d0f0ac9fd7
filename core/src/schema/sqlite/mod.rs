//! SQLite: what it keeps of a schema, and what the grammar reads in it.
//!
//! SQLite keeps the text of each object, rewritten by `ALTER TABLE`, and derives everything else from it when it opens the database; so the
//! text alone decides, and it is read only where it differs from the one before. That the grammar reads in it what SQLite's pragmas tell is
//! tested on random schemas.

mod canonical;
mod declared_type;
mod grammar;
mod reader;
mod table;
mod text;

pub(super) use grammar::define;
pub use reader::{Reader, Touched};
pub(super) use text::without_a_comment_behind;
