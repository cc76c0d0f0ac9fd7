//! Models: plain structs that define database tables, as `#[derive(aludel::Table)]` reads them.
//!
//! The same parser reads the derive's input and whole source files, so that the target schema is
//! known without compiling the program. The result is a value, [`Models`]. [Its
//! SQL](Models::to_sql) is what a person would write in a `schema.sql`. To compare schemas, callers
//! run that SQL on a scratch database. This module depends on neither a chain nor a database
//! schema.
//!
//! The stages are:
//!
//! - `find` finds the structs in a file.
//! - `attributes` reads `#[table]` and `#[column]`.
//! - `types` translates a Rust type.
//! - `parse` builds a struct's model.
//! - `check` checks names.
//! - `judge` checks everything else with SQLite.
//!
//! An error contains the tokens that it concerns. The derive marks them in the program, and the
//! reader of files reports their lines.

mod attributes;
mod column;
mod constraint;
mod find;
mod parse;
mod reference;
mod types;
mod words;

mod check;
mod judge;

mod fault;
mod read;
mod value;

pub use check::check_one;
pub use fault::{Fault, ModelFault, NamingFault, ParentFault, StructFault, ValueFault, WordFault};
pub use parse::{Field, Model, parse};
pub use read::{Read, read_models};
pub use value::{Models, Table};

#[cfg(test)]
mod tests;
