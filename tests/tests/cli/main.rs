//! Tests of the built `aludel` program: its output, its errors and the files that it writes.

#![expect(clippy::indexing_slicing, reason = "what is not there in a value of JSON reads as null")]
#![expect(clippy::too_many_lines, reason = "a snapshot of a whole output is as long as the output")]

mod program;

mod autogenerate;
mod backups;
mod day;
mod errors;
mod faulty;
mod frozen;
mod functions;
#[cfg(unix)]
mod hostile;
mod import;
mod irreversible;
mod lints;
mod models;
#[cfg(unix)]
mod naming;
mod parts;
#[cfg(feature = "peers")]
mod peers;
mod repair;
mod repeatable;
mod reports;
mod runs;
mod schema;
mod schema_check;
mod schema_diff;
mod signals;
mod sql;
mod squash;
mod subfolders;
mod terminal;
mod to_known;
mod transcripts;
mod vectors;
