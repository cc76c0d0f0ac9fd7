//! SQLite migrations for Rust, proved at compile time.
//!
//! The history of a database is a folder of SQL scripts, each with an upgrade and a downgrade,
//! chained by down revision as in Alembic. [`embed_migrations!`] reads them at compile time,
//! executes the chain on a scratch SQLite database, rejects broken scripts, and embeds the chain as
//! a typed [`Chain`]. At startup, a [`Migrator`] upgrades the database to the head in one
//! transaction. It returns an [`At`], a value that exists only if the database is at the head.
//!
//! ```no_run
//! mod migrations {
//!     aludel::embed_migrations!("migrations");
//! }
//!
//! # fn serve(_: aludel::At<migrations::Head>) -> Result<(), aludel::Error> { Ok(()) }
//! # fn main() -> Result<(), aludel::Error> {
//! let connection = aludel::Database::parse("sqlite:///./photosafe.db")?.open()?;
//! let ready: aludel::At<migrations::Head> = migrations::CHAIN.migrator().upgrade_to(connection)?;
//! serve(ready)
//! # }
//! ```
//!
//! [Alembic's table](https://alembic.sqlalchemy.org/) records the current revision of a database,
//! and `aludel_history` records how it was reached. A run is one transaction: if anything fails,
//! the database is unchanged.

pub mod chain;

mod plan;
mod plans;
mod progress;
mod records;
mod report;
mod schema_difference;
mod schema_match;
mod squash;
mod status;
mod watch;

mod interrupt;
mod ledger;
mod ledger_plan;

mod adopt;
mod adopt_fault;
mod edited_script;
mod error;
mod foreign_key_violation;
mod invalid_database;
mod own_table_defect;
mod unversioned;

#[cfg(feature = "postgres")]
pub mod postgres;

#[cfg(feature = "refinery")]
pub mod refinery;

#[cfg(feature = "sqlite")]
mod sqlite;

#[cfg(feature = "sqlite")]
pub use aludel_macros::Table;
pub use aludel_macros::embed_migrations;
#[cfg(feature = "sqlite")]
pub use rusqlite;

pub use adopt::Adopted;
pub use adopt_fault::AdoptFault;
pub use chain::{Chain, Revision};
pub use edited_script::EditedScript;
pub use error::{DatabaseError, DivergedScript, Error, StatementFailure, causes};
pub use foreign_key_violation::ForeignKeyViolation;
pub use interrupt::Interrupt;
pub use invalid_database::InvalidDatabase;
pub use ledger::{LedgerAction, LedgerEntry};
pub use ledger_plan::{LedgerFault, LedgerFaultKind};
pub use own_table_defect::OwnTableDefect;
pub use plan::{Plan, Step};
pub use progress::Progress;
pub use report::{Report, RevisionStatus, ScriptRun};
pub use schema_difference::{SchemaDifference, SchemaDifferenceKind};
pub use schema_match::SchemaMatch;
#[cfg(feature = "testing")]
pub use sqlite::testing;
#[cfg(feature = "sqlite")]
pub use sqlite::{At, Backup, Database, Keyed, Migrator, Opener, ScriptStart, Table};
pub use status::Status;
pub use unversioned::OtherTool;

#[doc(hidden)]
pub use aludel_core::escape;
pub use aludel_core::plan::{Direction, NotBelow};
pub use aludel_core::targets::TargetError;

/// Items used by the expansions of [`embed_migrations!`] and [`Table`](derive@Table). Not part of
/// the public API.
#[doc(hidden)]
pub mod __private {
    pub use std::borrow::Cow::Borrowed;

    pub use aludel_core::chain::{Chain, Predecessors, Scripts, Text};
    pub use aludel_core::script::Dialect;

    pub use crate::chain::Watched;
    #[cfg(feature = "sqlite")]
    pub use crate::sqlite::table::column;
}
