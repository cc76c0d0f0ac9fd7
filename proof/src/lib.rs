//! The part of Aludel that the compiler and the command need, but a program does not: the proof,
//! lints, models and autogenerate.
//!
//! - [`proof`] runs a chain on a scratch database and checks it, including the lints.
//! - [`message`] explains every message by its code.
//! - [`model`] reads models from Rust source.
//! - [`target_schema`] reads the schema that the head should have.
//! - [`comparison`] decides which differences between the target schema and the head count.
//! - [`autogenerate`] writes the script that leads from the head to the target schema.
//! - [`squash`] replaces released scripts with a single script.
//!
//! This crate prints nothing and reads no files, environment variables or clock. It opens only
//! in-memory scratch databases. Only the macros, the command and the tests depend on it, so it is
//! not linked into a user's program.

mod schema;

mod lint;
pub mod message;
pub mod proof;

pub mod model;

pub mod comparison;

pub mod target_schema;

pub mod autogenerate;

pub mod squash;
