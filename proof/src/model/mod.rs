//! Models: plain structs that define the tables of a database, as `#[derive(aludel::Table)]` reads
//! them.
//!
//! One parser reads the derive's input and whole source files, so that the target schema is known
//! without compiling the program. The result is a value, [`Models`]. [Its SQL](Models::to_sql) is
//! what a person would write in a `schema.sql`. To compare schemas, callers run that SQL on a
//! scratch database. This module depends neither on a chain nor on the schema of a database.
//!
//! The stages are:
//!
//! - `find` finds the structs of a file.
//! - `attributes` reads `#[table]` and `#[column]`.
//! - `types` translates a Rust type.
//! - `parse` builds the model of a struct.
//! - `check` checks names.
//! - `judge` checks everything else with SQLite.
//!
//! Errors contain the tokens that they concern. The derive marks these in the program, and the
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
