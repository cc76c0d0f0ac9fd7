//! The proofs of scripts on a server.
//!
//! A compiler cannot run a server. Therefore, `aludel prove` proves the scripts and writes [`FILE`]
//! into their folder. It has one line for each script, sorted by revision:
//!
//! ```text
//! # The proofs of the scripts on a server. `aludel prove` writes this file.
//! version 1
//! 3f2c9a1b7d10 9f86d081…0a08 60303ae2…c752 2c26b46b…e7ae 15 pgcrypto=1.3
//! 49348f7a48f6 60303ae2…c752 e3b0c442…b855 fcde2b2e…67c8 15 -
//! ```
//!
//! The fields of a line are:
//!
//! - the revision
//! - a hash of the script
//! - a hash of all scripts before it in canonical order
//! - the fingerprint of the schema after it
//! - the major version of the server
//! - the database's extensions, or `-` for none
//!
//! Hashes are SHA-256 in hexadecimal. The hash of a script covers everything that the proof depends
//! on: the checksum of the script, its `-- sample` rows, `Loses`, `Allow`, and whether it is
//! irreversible or runs outside a transaction.
//!
//! A line is valid if the first two hashes match the current scripts. An edit therefore makes the
//! proofs of the script and of all scripts after it stale. So does a script that a merge inserts
//! before them, because their fingerprints include its changes. A merge may leave two lines for one
//! script, which is harmless. Empty lines and lines that begin with `#` are ignored. The order of
//! the lines does not matter to readers.
//!
//! This module compares text with scripts. It neither reads nor writes files, and needs no server.

mod check;
mod entry;
mod fault;
mod lock;
mod stale;

#[cfg(test)]
mod tests;

pub use check::{check, fingerprints, known_fingerprints, problems};
pub use entry::{Entry, Scope, scopes};
pub use fault::ProvedFault;
pub use lock::{Line, Lock, parse, text};
pub use stale::{Stale, Why};

/// The name of the file that lists the proofs.
pub const FILE: &str = "proved.lock";
