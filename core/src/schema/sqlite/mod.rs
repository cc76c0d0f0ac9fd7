//! Parses the schema text that SQLite stores.
//!
//! SQLite stores the text of each object, rewritten by `ALTER TABLE`. It derives everything else
//! from that text when it opens the database. This module therefore uses only the text, and parses
//! it only if it has changed. Tests on random schemas compare the result with SQLite's pragmas.

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
