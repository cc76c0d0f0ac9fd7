//! The operations of a program on a chain and a database.
//!
//! [`Migrator`] is the public API. It forwards to [`Runner`], which contains the settings and all
//! of the implementation. The runner does not have the type of the chain as a parameter, so it is
//! compiled only once.

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
