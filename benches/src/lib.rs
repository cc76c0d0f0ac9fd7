//! What Aludel costs, side by side with raw SQLite and with refinery.
//!
//! `cargo run --release -p benches` makes every table of `docs/performance.md` in one run; `cargo bench -p benches` has criterion look at
//! single parts. Nothing here is a test: a time that is asserted fails on a busy machine.

pub mod chains;
pub mod scripts;

pub mod contender;
pub mod sample;

/// What a measurement gives back.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;
