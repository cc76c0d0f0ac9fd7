//! The cost of Aludel, compared with raw SQLite, with PostgreSQL and with refinery.
//!
//! `cargo run --release -p benches` measures every table of `docs/performance.md` in one run.
//! `cargo bench -p benches` measures individual parts with criterion. Nothing here is a test,
//! because an assertion about a time would fail on a busy machine.

pub mod chains;
pub mod scripts;

pub mod contender;
pub mod postgres;
pub mod sample;

/// The result of a measurement.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;
