//! Code that compile time and run time share: migration scripts, their graph, plans over it, and
//! schemas.
//!
//! The layers, from the bottom up: [`script`] reads the text of one file, [`frozen`] compares
//! scripts with those that were released, [`graph`] holds the edges between revisions, and
//! [`chain`] holds all scripts. [`proved`] compares them with what was proved on a server. [`targets`] resolves what a user types, [`plan`] turns it into
//! steps, [`guarded`] runs scripts, [`schema`] reads and compares databases, and [`sparse`]
//! compresses the image of the head. All of them report their errors as [`problem`]s.
//!
//! The feature `sqlite` is on by default. Without it, [`guarded`] and [`schema`] are missing, and no
//! SQLite is linked. Scripts are still read as SQLite reads them. With the feature `postgres`, they can
//! also be in PostgreSQL's dialect.
//!
//! Code that only the compiler, the command and tests need is in the crate `aludel-proof`.
//!
//! This crate prints nothing, reads neither the environment nor a clock, and opens only scratch
//! databases in memory. Only [`folder`] reads files. Users depend on the crate `aludel`, which
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
