//! Tests of the built PhotoSafe server, on a free port, with real files in a temporary folder, and
//! with a client that can misbehave.

mod albums;
mod api;
mod backups;
mod binding;
#[cfg(feature = "s3")]
mod bucket;
mod client;
mod crowds;
mod db;
#[cfg(feature = "peers")]
mod description;
mod formats;
mod forms;
mod hostile;
mod imports;
mod killed_commands;
mod kills;
mod library;
mod observation;
mod originals;
mod page;
mod people;
mod photos;
#[cfg(feature = "peers")]
mod postgres;
mod privacy;
mod process;
mod readiness;
mod repeated;
mod replacement;
mod routes;
mod shares;
mod start;
mod stop;
mod thumbnails;
mod trash;

/// The result of a test.
type Outcome = Result<(), Box<dyn std::error::Error>>;
