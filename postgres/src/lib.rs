//! The proof of PostgreSQL chains, on a scratch database of a real server.
//!
//! - [`scratch`] starts a server, or uses an existing one, and creates databases there.
//! - [`catalog`] reads the schema of a database as data, compares two, and hashes one.
//! - [`autogenerate`] writes the script that leads from one schema to another, and back.
//! - [`replay`] runs upgrades, and returns the schema that they produce.
//! - [`proof`] runs a chain up, down and up again, without and with rows, and checks the result.
//! - [`lint`] flags what locks or rewrites a table that other programs use.
//!
//! Only the command and tests depend on this crate. It has no code for SQLite, and is not linked
//! into a user's program.

mod explanation;

pub mod autogenerate;
pub mod catalog;
pub mod lint;
pub mod proof;
pub mod replay;
pub mod scratch;

pub use explanation::Explanation;
