//! PostgreSQL migrations, with the built `aludel` program and the library, on a real server. The
//! tests fail if the server's programs are missing.
#![cfg(feature = "peers")]
#![expect(clippy::indexing_slicing, reason = "what is not there in a value of JSON reads as null")]

mod place;

mod alembic;
mod autogenerate;
mod capabilities;
mod commands;
mod embedded;
mod library;
mod outside;
mod pooler;
mod processes;
mod proof_settings;
mod schema;
mod takeover;
mod tls;
mod vectors;
