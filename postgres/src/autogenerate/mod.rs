//! Generates the script that leads from the head of a chain to a target schema, and back.
//!
//! Both schemas are read from scratch databases on a real server. Each kind of object has its own
//! file, which compares objects and writes their statements. `affected` finds objects that must be
//! recreated because of another change. `operation` sorts the statements by the dependencies that
//! the server knows. `generate` runs the result up and down before returning it. Objects of other
//! kinds are left unchanged, and reported.

mod affected;
mod cast;
mod dependencies;
mod generate;
mod losses;
mod names;
mod operation;
mod plan;
mod planner;
mod refusal;
mod state;
mod trial;
mod write;

mod column;
mod comment;
mod constraint;
mod domain;
mod enums;
mod function;
mod index;
mod policy;
mod schema;
mod sequence;
mod table;
mod trigger;
mod view;

pub use generate::{Detected, Generated, Generator, Sections};
pub use refusal::Refusal;
