//! Tests of the built PhotoSafe server: on a free port, with real files in a temporary folder, and
//! a client that can misbehave.

mod backups;
mod binding;
mod client;
mod crowds;
mod db;
mod forms;
mod hostile;
mod kills;
mod originals;
mod people;
mod photos;
mod privacy;
mod process;
mod readiness;
mod replacement;
mod start;
mod stop;

/// The result of a test.
type Outcome = Result<(), Box<dyn std::error::Error>>;
