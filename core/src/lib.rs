//! What compile time and run time share: migration scripts, their graph, plans over it, and schemas.
//!
//! The floors, from the ground up: [`script`] knows the text of one file, [`frozen`] those that were released, [`graph`] the edges between
//! revisions, [`chain`] all of them;
//! [`target`] resolves the words that a person types, [`plan`] turns them into steps, [`guarded`] runs the text of scripts, [`schema`] reads and
//! compares databases, [`sparse`] writes the image of the head short. [`problem`] is what all of them report.
//!
//! What only the compiler, the command and tests need is in the crate `aludel-proof`.
//!
//! What this crate does *not* do: it prints nothing, reads no environment and no clock, and opens no database but scratch ones in
//! memory. Only [`folder`] reads files. Users depend on the crate `aludel`, which re-exports what they need.

pub mod escape;
mod nearest;
pub mod problem;

pub mod frozen;
pub mod script;

pub mod graph;

pub mod chain;
pub mod folder;

pub mod plan;
pub mod target;

pub mod guarded;
pub mod schema;

pub mod sparse;

pub use nearest::nearest;
