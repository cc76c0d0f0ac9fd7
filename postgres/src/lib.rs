//! The proof of PostgreSQL chains, on a scratch database of a real server.
//!
//! - [`scratch`] starts a server, or uses an existing one, and creates databases there.
//! - [`catalog`] reads the schema of a database as data, and compares and hashes schemas.
//! - [`autogenerate`] writes the script that leads from one schema to another, and back.
//! - [`replay`] runs upgrades, and returns the schema that they produce.
//! - [`proof`] runs a chain up, down and up again, with and without rows, and checks the result.
//! - [`lint`] flags statements that lock or rewrite a table that other programs use.
//!
//! Only the `aludel` command and tests depend on this crate. It contains no code for SQLite, and is
//! not linked into a user's program.

mod explanation;
mod names;

pub mod autogenerate;
pub mod catalog;
pub mod lint;
pub mod proof;
pub mod replay;
pub mod scratch;

pub use explanation::Explanation;
