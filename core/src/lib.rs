//! Code that compile time and run time share: migration scripts, their graph, plans over it, and
//! schemas.
//!
//! The layers, from the bottom up: [`script`] reads the text of one file, [`frozen`] compares
//! scripts with those that were released, [`graph`] holds the edges between revisions, and
//! [`chain`] holds all scripts. [`proved`] compares them with the scripts that were proved on a
//! server. [`targets`] resolves the targets that a user types, [`plan`] turns them into steps,
//! [`guarded`] runs scripts, [`schema`] reads and compares databases, and [`sparse`] compresses the
//! image of the head. All of them report their errors as [`problem`]s.
//!
//! The `sqlite` feature is on by default. Without it, [`guarded`] and [`schema`] are missing, and
//! SQLite is not linked. Scripts are still parsed by SQLite's rules. With the `postgres` feature,
//! scripts can also be in PostgreSQL's dialect.
//!
//! The `aludel-proof` crate contains the code that only the compiler, the command and tests need.
//!
//! This crate prints nothing, reads neither the environment nor a clock, and opens only in-memory
//! scratch databases. Only [`folder`] reads files. Users depend on the `aludel` crate, which
//! re-exports what they need.

pub mod escape;
mod lock_text;
mod nearest;
pub mod problem;

pub mod frozen;
pub mod script;

pub mod graph;

pub mod chain;
pub mod folder;
pub mod imported;
pub mod neighbours;
pub mod proved;

pub mod plan;
pub mod targets;

#[cfg(feature = "sqlite")]
pub mod guarded;
#[cfg(feature = "sqlite")]
pub mod schema;

pub mod sparse;
#[cfg(feature = "sqlite")]
mod sqlite_error;

pub use nearest::nearest;
