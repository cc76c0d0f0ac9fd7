//! Generates the script that leads from the head of a chain to a target schema, and its downgrade.
//!
//! Both schemas are read from scratch databases in memory: the current one is the result of the
//! chain's upgrades, the target schema is the result of a text of SQL. The stages are:
//!
//! - `renames` finds what only has a new name.
//! - `comparison` leaves out what the settings exclude.
//! - `plan` decides for each table whether `ALTER TABLE` is enough (`alter`) or a rebuild is needed
//!   (`rebuild`), and sorts all statements into an order that runs.
//! - `write` turns them into text.
//! - `rows` handles rows that the target schema refuses.
//!
//! The downgrade is planned in the same way, from the target schema to the current one. A script is
//! returned only after both ran and the whole chain with the new script was proved. If rows
//! conflict with every plan, the plan with the fewest conflicts is written with a question for each
//! (`feedback`). It does not compile until a person has answered them.
//!
//! This module uses no files, no terminal, no clock, and only scratch databases.

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
