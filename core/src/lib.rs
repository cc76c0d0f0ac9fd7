//! What Aludel's macro and its runtime share: migration scripts, their graph, plans over it, schemas, and the proof.
//!
//! The floors, from the ground up: [`script`] knows the text of one file, [`frozen`] those that were released, [`graph`] the edges between
//! revisions, [`chain`] all of them;
//! [`target`] resolves the words that a person types, [`plan`] turns them into steps, [`schema`] reads and compares databases,
//! `proof` executes a chain on a scratch database and judges it, with the lints; `message` explains every message by its code; [`sparse`] writes its image of the head short;
//! `autogenerate` writes the script that brings the head to a wanted schema. [`problem`] is what all of them report.
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

#[cfg(feature = "proof")]
mod lint;
#[cfg(feature = "proof")]
pub mod message;
#[cfg(feature = "model")]
pub mod model;
#[cfg(feature = "proof")]
pub mod proof;

#[cfg(feature = "proof")]
pub mod comparison;

#[cfg(feature = "proof")]
pub mod autogenerate;

pub use nearest::nearest;
