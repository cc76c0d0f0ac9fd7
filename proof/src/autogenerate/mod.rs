//! Generates the script that leads from the head of a chain to a target schema, and its downgrade.
//!
//! Both schemas are read from in-memory scratch databases. The chain's upgrades create the current
//! schema, and the statements of the target schema create the target schema. The stages are:
//!
//! - `renames` finds renamed tables and columns.
//! - `comparison` removes the differences that the settings exclude.
//! - `plan` decides for each table whether `ALTER TABLE` is enough (`alter`) or a rebuild is needed
//!   (`rebuild`), and puts all statements into an executable order.
//! - `write` turns the statements into text.
//! - `rows` handles rows that the target schema rejects.
//!
//! The downgrade is planned in the same way, from the target schema to the current one. A script is
//! returned only after both directions ran and the whole chain, including the new script, was
//! proved. If rows conflict with every plan, the plan with the fewest conflicts is written, with a
//! question for each conflict (`feedback`). The script does not compile until a person has answered
//! the questions.
//!
//! This module uses no files, terminal or clock, and opens only scratch databases.

mod fault;

mod trial_database;

mod likeness;
mod renames;
mod swap;

mod alter;
mod changed;
mod losses;
mod operation;
mod plan;
mod rebuild;
mod rows;
mod schema_diff;
mod views_and_triggers;

mod baseline;
mod derive;
mod feedback;
mod generate;
mod write;

pub use crate::comparison::{Compared, Naming, Settings};
pub(crate) use baseline::drops;
pub use derive::{Derived, derive_downgrades};
pub use fault::Refusal;
pub use generate::{Generated, Question};

#[cfg(test)]
mod tests;
