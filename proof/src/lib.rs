//! The part of Aludel that the compiler and the command need, but a program does not: the proof,
//! lints, models and autogenerate.
//!
//! - [`proof`] executes a chain on a scratch database and checks it, with the lints.
//! - [`message`] explains every message by its code.
//! - [`model`] reads models from Rust source.
//! - [`target_schema`] reads the schema that the head should have.
//! - [`comparison`] defines which differences between the target schema and the head count.
//! - [`autogenerate`] writes the script that leads from the head to the target schema.
//! - [`squash`] replaces released scripts by a single one.
//!
//! This crate prints nothing and reads no file, no environment variable and no clock. It opens no
//! database except scratch databases in memory. Only the macros, the command and the tests depend
//! on it, so it is not linked into a user's program.

mod schema;

mod lint;
pub mod message;
pub mod proof;

pub mod model;

pub mod comparison;

pub mod target_schema;

pub mod autogenerate;

pub mod squash;
