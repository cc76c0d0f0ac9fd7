//! Parses what SQLite stores of a schema.
//!
//! SQLite stores the text of each object, rewritten by `ALTER TABLE`, and derives everything else
//! from it when it opens the database. Therefore this module only uses the text, and only parses it
//! if it differs from the previous one. Tests on random schemas compare the result with SQLite's
//! pragmas.

mod canonical;
mod declared_type;
mod grammar;
mod reader;
mod table;
mod terms;
mod text;

pub(super) use grammar::define;
pub use reader::{Reader, Touched};
pub(super) use text::without_a_comment_behind;
