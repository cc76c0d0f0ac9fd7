//! SQLite migrations for Rust, proved at compile time.
//!
//! The history of a database is a folder of SQL scripts, each with an upgrade and a downgrade,
//! chained by down revision as in Alembic. [`embed_migrations!`] reads them at compile time,
//! executes the chain on a scratch SQLite database, rejects broken scripts, and embeds the chain as
//! a typed [`Chain`]. At startup a [`Migrator`] upgrades the database to the head in one
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

mod at;
mod migrator;
mod opener;
mod plan;
mod replay;
mod resemblance;
mod schema_difference;
mod schema_match;
mod squash;
mod status;

mod adopt;
mod backup;
mod executor;
mod foreign_keys;
mod guard;
mod ledger;
mod ledger_plan;
mod offline;
mod own_table;
mod version_table;

mod database;
mod database_url;
mod error;
mod report;

mod table;

#[cfg(feature = "refinery")]
pub mod refinery;

#[cfg(feature = "scratch")]
mod scratch;

#[cfg(feature = "testing")]
pub mod testing;

pub use aludel_macros::{Table, embed_migrations};
pub use rusqlite;

pub use adopt::{AdoptFault, Adopted};
pub use at::At;
pub use backup::Backup;
pub use chain::{Chain, Revision};
pub use database::Database;
pub use database_url::InvalidDatabase;
pub use error::{DivergedScript, Error, StatementFailure, causes};
pub use foreign_keys::ForeignKeyViolation;
pub use guard::Interrupt;
pub use ledger::{LedgerAction, LedgerEntry};
pub use ledger_plan::{LedgerFault, LedgerFaultKind};
pub use migrator::{EditedScript, Migrator, Progress, ScriptStart};
pub use opener::Opener;
pub use own_table::OwnTableDefect;
pub use plan::{Plan, Step};
pub use report::{Report, RevisionStatus, ScriptRun};
pub use schema_difference::{SchemaDifference, SchemaDifferenceKind};
pub use schema_match::SchemaMatch;
pub use status::Status;
pub use table::{Keyed, Table};

#[doc(hidden)]
pub use aludel_core::escape;
pub use aludel_core::plan::{Direction, NotBelow};
pub use aludel_core::targets::TargetError;

/// The items used by the expansions of [`embed_migrations!`] and of the derive
/// [`Table`](derive@Table). Not part of the public API.
#[doc(hidden)]
pub mod __private {
    pub use std::borrow::Cow::Borrowed;

    pub use aludel_core::chain::{Chain, Predecessors, Scripts, Text};

    pub use crate::table::column;
}
