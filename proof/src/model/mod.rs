//! Models: plain structs that say what the tables of a database are, as `#[derive(aludel::Table)]` reads them.
//!
//! One parser reads either the derive's input or whole source files, so that the wanted schema is known without compiling the program that
//! it belongs to. What comes out is a value, [`Models`], and from it [the SQL](Models::to_sql) that a person would have written in a
//! `schema.sql`; whoever compares schemas runs that on a scratch database. Nothing here knows a chain or the schema of a database.
//!
//! In stages: `find` looks for the structs of a file, `attributes` reads `#[table]` and `#[column]`, `types` translates a Rust type, `parse`
//! puts a struct together, `check` judges names, and `judge` lets SQLite judge the rest. Faults carry the tokens that they are about,
//! so that the derive marks them in the program and the reader of files tells the line.

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
mod sql;
mod value;

pub use check::check_one;
pub use fault::{Fault, ModelFault, NamingFault, ParentFault, StructFault, ValueFault, WordFault};
pub use parse::{Field, Model, parse};
pub use read::{Read, read_models};
pub use value::{
    Action, Check, Column, ForeignKey, Generated, Index, Models, PrimaryKey, References, Renamed,
    RenamedColumn, RenamedTable, Table, Unique,
};

#[cfg(test)]
mod tests;
