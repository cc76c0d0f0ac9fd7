//! Migrates SQLite databases.

mod at;
mod migrator;
mod opener;
mod records;
mod replay;
mod resemblance;
mod schema_difference;

mod adopt;
mod backup;
mod executor;
mod foreign_keys;
mod guard;
mod ledger;
mod offline;
mod own_table;
mod version_table;

mod database;
mod database_url;
mod error;
pub(crate) mod hint;

pub(crate) mod table;

#[cfg(feature = "scratch")]
mod scratch;

#[cfg(feature = "testing")]
pub mod testing;

pub use at::At;
pub use backup::Backup;
pub use database::Database;
pub use migrator::{Migrator, ScriptStart};
pub use opener::Opener;
pub use table::{Keyed, Table};
