//! Lints for statements that lock or rewrite a table while other programs use it, and for renames
//! that break older versions of the program.
//!
//! Each lint has a name and an explanation, and `Allow: <name>` in the header of a script disables
//! it. The lints observe the server instead of parsing SQL. After each statement of an upgrade,
//! they compare the tables that existed before the script and are locked by the transaction.
//!
//! There is one file per lint, and `list` lists them. `observer` calls the lints, but contains none
//! of their rules.

mod list;
mod observer;

mod allow;
mod finding;
mod tables;

mod foreign_key;
mod index;
mod lock_timeout;
mod not_null;
mod rename;
mod rewrite;
mod unvalidated_check;
mod volatile_default;

pub use list::{ALL, names};
pub(crate) use observer::Lints;
