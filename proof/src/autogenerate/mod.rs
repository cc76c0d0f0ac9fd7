//! Writes the script that brings a chain's head to a wanted schema, and the one back.
//!
//! Both schemas are read from scratch databases in memory by one reader: the current one is what the chain's upgrades make, the wanted one is
//! what a text of SQL makes. In stages: `renames` finds what has another name only; `comparison` takes out what the settings leave
//! out; `plan` decides for each table whether `ALTER TABLE` is enough (`alter`) or a rebuild is needed (`rebuild`), and puts all statements into
//! an order that runs; `write` makes text of them. Where rows are in the way of what is wanted, `rows` says what becomes of them. The downgrade is
//! planned in the same way, from the wanted schema to the current one, and nothing is given out before both were run and the whole chain with
//! the new script was proved. Where rows are in the way of every plan, the one with the fewest of them is written with a question for each
//! (`ask`): it does not compile before a person has answered.
//!
//! What is not here: files, terminals, the clock, and any database but scratch ones.

mod fault;

mod workshop;

mod likeness;
mod renames;
mod swap;

mod alter;
mod changed;
mod losses;
mod plan;
mod programs;
mod rebuild;
mod rows;
mod step;
mod survey;

mod ask;
mod baseline;
mod generate;
mod heed;
mod write;

pub use crate::comparison::{Compared, Naming, Settings};
pub use fault::Refusal;
pub use generate::{Generated, Question};

#[cfg(test)]
mod tests;
