//! What the compiler and the command need of Aludel, and a program does not: the proof, the lints, models, and autogenerate.
//!
//! [`proof`] executes a chain on a scratch database and judges it, with the lints; [`message`] explains every message by its code.
//! [`model`] reads models from Rust source; [`target_schema`] reads the schema that the head should have,
//! [`comparison`] says what is compared of it and the head, and [`autogenerate`] writes
//! the script that brings the head to a wanted schema.
//!
//! What this crate does *not* do: it prints nothing, reads no file, no environment and no clock, and opens no database but scratch ones in memory.
//! Only the macros, the command and tests depend on it: a user's program does not hold it.

mod schema;

mod lint;
pub mod message;
pub mod proof;

pub mod model;

pub mod comparison;

pub mod target_schema;

pub mod autogenerate;
