//! Migrates PostgreSQL databases (feature `postgres`).
//!
//! ```no_run
//! # mod migrations {
//! #     pub static CHAIN: aludel::Chain<ThisChain> = aludel::Chain::EMPTY;
//! #     pub struct ThisChain;
//! #     pub struct Head;
//! #     impl aludel::chain::Position for Head { type Chain = ThisChain; const REVISIONS: &'static [&'static str] = &[]; }
//! #     impl aludel::chain::Embedded for ThisChain { type Heads = Head; }
//! # }
//! use aludel::postgres::{At, Database, Migrator};
//!
//! let client = Database::parse("postgresql://photosafe@localhost/photosafe")?.connect()?;
//! let ready: At<migrations::Head> = Migrator::new(&migrations::CHAIN).upgrade_to(client)?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The driver is synchronous. An asynchronous program should migrate in
//! `tokio::task::spawn_blocking` before it opens its pool.

mod adopt;
mod at;
mod capabilities;
mod database;
mod encryption;
mod error;
mod exact;
mod executor;
mod interruption;
mod lock;
mod migrator;
mod offline;
mod plans;
mod records;
mod reports;
mod runner;
mod session;
mod shapes;
mod tables;
#[cfg(feature = "postgres-tls")]
mod tls;

pub use adopt::FoundTool;
pub use at::At;
pub use database::Database;
pub use migrator::{Migrator, ScriptStart};
pub use postgres::{Client, Config};

pub(crate) use error::{hint, words_of};
