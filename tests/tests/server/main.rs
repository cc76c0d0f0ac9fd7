//! PhotoSafe's server from outside: the built binary on a free port, real files in a temporary folder, and a client that can misbehave.

mod client;
mod db;
mod forms;
mod hostile;
mod kills;
mod originals;
mod photos;
mod process;
mod start;
mod stop;

/// What a test answers with.
type Outcome = Result<(), Box<dyn std::error::Error>>;
