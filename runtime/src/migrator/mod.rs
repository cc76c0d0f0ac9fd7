//! The operations of a program on a chain and a database.
//!
//! [`Runner`] has the settings and implements everything, in [`reports`], [`plans`], [`runs`],
//! [`to_known`], [`mod@repair`], [`schemas`], [`scripts`] and [`exact`]. It is not generic, so it is compiled once. [`Migrator`]
//! is a runner with the type of its chain.

mod runner;

mod exact;
mod plans;
mod repair;
mod reports;
mod runs;
mod schemas;
mod scripts;
mod to_known;
mod watch;

mod typed;

pub use repair::EditedScript;
pub use runner::{Progress, Runner};
pub use typed::Migrator;

pub use scripts::Start;

pub(crate) use runner::Prepare;
