//! PhotoSafe's server from outside: the built binary on a free port, real files in a temporary folder, and a client that can misbehave.

mod binding;
mod client;
mod crowds;
mod db;
mod forms;
mod hostile;
mod kills;
mod originals;
mod photos;
mod privacy;
mod process;
mod readiness;
mod start;
mod stop;

/// What a test answers with.
type Outcome = Result<(), Box<dyn std::error::Error>>;
