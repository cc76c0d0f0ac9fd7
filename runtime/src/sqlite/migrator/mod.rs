//! The operations of a program on a chain and a database.
//!
//! [`Migrator`] is the public API. It forwards to [`Runner`], which has the settings and implements
//! everything without the type of the chain, so that it is compiled once.

mod runner;

mod exact;
mod plans;
mod repair;
mod reports;
mod runs;
mod schemas;
mod scripts;
mod start;
mod to_known;

mod typed;

pub use typed::Migrator;

pub use scripts::ScriptStart;

pub(crate) use runner::{Prepare, Runner};
